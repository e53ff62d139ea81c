import type { FileHandle } from 'node:fs/promises';
import { forEachLine, type Line, MAX_LINE_LENGTH } from '../files/lines.ts';
import { byteOrderMarkLength, decodeUtf8, nameOtherEncoding } from '../syntax/encoding.ts';
import { bounded, formatPath, MAX_PROBLEMS } from '../syntax/issue.ts';
import { parseJson } from '../syntax/parse-json.ts';
import { locatedIssues } from '../syntax/repeated-keys.ts';
import { lineIssues } from './issues.ts';
import type { ManifestOptions, ManifestSource } from './options.ts';
import { adviceOn, packedAs } from './other-forms.ts';
import { fileName, type Problem } from './problem.ts';

type ProblemOptions = Pick<ManifestOptions, 'checkUrl' | 'most_problems' | 'form_by'>;

/** Every problem of an NDJSON manifest that was not accepted, in the order of its lines. */
export async function ndjsonProblems(
  file: FileHandle,
  source: Pick<ManifestSource, 'path'>,
  options: ProblemOptions,
): Promise<Problem[]> {
  const { most_problems: most = MAX_PROBLEMS } = options;
  const problems: Problem[] = [];
  let position = 0;
  let isForeign = false;
  await forEachLine(file, (line) => {
    if (isForeign || problems.length > most) return;
    const file = fileName(source.path);
    const other =
      line.number === 1 && line.bytes ? otherForm(line.bytes, source.path, options) : null;
    // Every line of another form or encoding is wrong: the first one says so for all.
    isForeign =
      other !== null ||
      (line.number === 1 && line.bytes !== null && nameOtherEncoding(line.bytes) !== null);
    if (other !== null) problems.push({ file, line: 1, column: 1, path: '', message: other });
    const found = other === null ? lineProblems(line, position, file, options) : null;
    if (found === null) return;
    for (const problem of found) problems.push(problem);
    position += 1;
  });
  return bounded(problems, most);
}

/** What the first line says where it is none of NDJSON. */
function otherForm(bytes: Buffer, path: string, { form_by }: ProblemOptions): string | null {
  const packed = packedAs(bytes, path, 'ndjson');
  if (packed !== null) return packed;
  const text = bytes.toString('utf8', byteOrderMarkLength(bytes));
  const advice = /^\s*[{[]/.test(text) ? null : adviceOn(text, form_by);
  return advice === null ? null : `expected one store on each line, as JSON: ${advice}`;
}

/** One line's problems; null for a blank line. */
function lineProblems(
  { number, bytes }: Pick<Line, 'number' | 'bytes'>,
  position: number,
  file: string,
  { checkUrl, most_problems }: ProblemOptions,
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
  const issues = lineIssues(parsed.value, checkUrl, most_problems);
  const located = locatedIssues(decoded.text, issues, parsed.value, {
    from: number,
    most: most_problems,
  });
  return located.map(({ column, path, message }) =>
    problem(column, formatPath(['stores', position, ...path]), message),
  );
}
