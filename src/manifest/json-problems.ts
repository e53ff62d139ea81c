import { formatPath } from '../json/issue.ts';
import { locatedIssues } from '../json/repeated-keys.ts';
import { parseJson, type SyntaxProblem } from '../json/syntax.ts';
import { decodeUtf8 } from './encoding.ts';
import { manifestIssues } from './issues.ts';
import type { ManifestOptions, ManifestSource } from './options.ts';
import { fileName, type Problem } from './problem.ts';

/** Every problem of a JSON manifest that was not accepted, in the order of the text. */
export function jsonProblems(
  bytes: Buffer,
  source: Pick<ManifestSource, 'path'>,
  { checkUrl }: Pick<ManifestOptions, 'checkUrl'>,
): Problem[] {
  const file = fileName(source.path);
  const single = (problem: SyntaxProblem) => [{ file, path: '', ...problem }];

  const decoded = decodeUtf8(bytes);
  if ('problem' in decoded) return single(decoded.problem);
  const { text } = decoded;
  if (text.trim() === '') {
    return single({ line: 1, column: 1, message: 'the file is empty: expected a manifest' });
  }
  const parsed = parseJson(text, 'file');
  if ('problem' in parsed) return single(parsed.problem);
  const located = locatedIssues(text, manifestIssues(parsed.value, checkUrl), parsed.value);
  return located.map(({ path, message, line, column }) => {
    return { file, line, column, path: formatPath(path), message };
  });
}
