/** What a job id may be. It names a folder too: no other text may ever become a path. */
export const JOB_ID = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;
export const JOB_ID_RULE =
  '1 to 64 of A-Z a-z 0-9 . _ -, starting and ending with a letter or digit';
