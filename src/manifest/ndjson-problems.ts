import type { FileHandle } from 'node:fs/promises';
import { forEachLine, type Line, MAX_LINE_LENGTH } from '../files/lines.ts';
import { bounded, formatPath, MAX_PROBLEMS } from '../json/issue.ts';
import { locatedIssues } from '../json/repeated-keys.ts';
import { parseJson } from '../json/syntax.ts';
import { byteOrderMarkLength, decodeUtf8, nameOtherEncoding } from './encoding.ts';
import { lineIssues } from './issues.ts';
import type { ManifestOptions, ManifestSource } from './options.ts';
import { fileName, type Problem } from './problem.ts';

/** Every problem of an NDJSON manifest that was not accepted, in the order of its lines. */
export async function ndjsonProblems(
  file: FileHandle,
  source: Pick<ManifestSource, 'path'>,
  { checkUrl }: Pick<ManifestOptions, 'checkUrl'>,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  let position = 0;
  let isForeign = false;
  await forEachLine(file, (line) => {
    if (isForeign || problems.length > MAX_PROBLEMS) return;
    // Every line of UTF-16 is wrong: the first one says so for all.
    isForeign = line.number === 1 && line.bytes !== null && nameOtherEncoding(line.bytes) !== null;
    const found = lineProblems(line, position, fileName(source.path), checkUrl);
    if (found === null) return;
    for (const problem of found) problems.push(problem);
    position += 1;
  });
  return bounded(problems);
}

/** One line's problems; null for a blank line. */
function lineProblems(
  { number, bytes }: Pick<Line, 'number' | 'bytes'>,
  position: number,
  file: string,
  checkUrl: ManifestOptions['checkUrl'],
): Problem[] | null {
  const problem = (column: number, path: string, message: string): Problem => {
    return { file, line: number, column, path, message };
  };
  if (bytes === null) {
    return [problem(1, '', `the line is longer than ${MAX_LINE_LENGTH / 2 ** 20} MiB`)];
  }
  // Only the file's first line may begin with a byte-order mark.
  if (number > 1 && byteOrderMarkLength(bytes) > 0) {
    return [problem(1, '', 'unexpected byte-order mark')];
  }
  const decoded = decodeUtf8(bytes);
  if ('problem' in decoded) return [problem(decoded.problem.column, '', decoded.problem.message)];
  if (decoded.text.trim() === '') return null;
  const parsed = parseJson(decoded.text, 'line');
  if ('problem' in parsed) return [problem(parsed.problem.column, '', parsed.problem.message)];
  const issues = lineIssues(parsed.value, checkUrl);
  const located = locatedIssues(decoded.text, issues, parsed.value, number);
  return located.map(({ column, path, message }) =>
    problem(column, formatPath(['stores', position, ...path]), message),
  );
}
