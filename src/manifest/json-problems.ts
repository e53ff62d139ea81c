import { decodeUtf8 } from '../syntax/encoding.ts';
import { formatPath } from '../syntax/issue.ts';
import { parseJson, type SyntaxProblem } from '../syntax/parse-json.ts';
import { locatedIssues } from '../syntax/repeated-keys.ts';
import { manifestIssues } from './issues.ts';
import type { ManifestOptions, ManifestSource } from './options.ts';
import { notJson, packedAs } from './other-forms.ts';
import { fileName, type Problem } from './problem.ts';

/** Every problem of a JSON manifest that was not accepted, in the order of the text. */
export function jsonProblems(
  bytes: Buffer,
  source: Pick<ManifestSource, 'path'>,
  {
    checkUrl,
    most_problems,
    form_by,
  }: Pick<ManifestOptions, 'checkUrl' | 'most_problems' | 'form_by'>,
): Problem[] {
  const file = fileName(source.path);
  const single = (problem: SyntaxProblem) => [{ file, path: '', ...problem }];

  const packed = packedAs(bytes, source.path, 'json');
  if (packed !== null) return single({ line: 1, column: 1, message: packed });
  const decoded = decodeUtf8(bytes);
  if ('problem' in decoded) return single(decoded.problem);
  const { text } = decoded;
  if (text.trim() === '') {
    return single({ line: 1, column: 1, message: 'the file is empty: expected a manifest' });
  }
  const parsed = parseJson(text, 'file');
  if ('problem' in parsed) {
    const message = notJson(text, form_by);
    return single(message === null ? parsed.problem : { line: 1, column: 1, message });
  }
  const issues = manifestIssues(parsed.value, checkUrl, most_problems);
  const located = locatedIssues(text, issues, parsed.value, { most: most_problems });
  return located.map(({ path, message, line, column }) => {
    return { file, line, column, path: formatPath(path), message };
  });
}
