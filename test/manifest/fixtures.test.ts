import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../src/manifest/problem.ts';
import { invalid, readPath, valid } from './manifest-file.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/manifests');

const ID = 'a non-empty string of at most 256 characters';
const STORE = 'a store (an object with store_id and images)';

/** What is printed for every invalid manifest, after its name. */
const PROBLEMS: Record<string, string[]> = {
  'invalid-count.json': ['2:12  count  expected 3 (the number of stores), got 2'],
  'invalid-count-of-visits.json': ['3:12  count  expected 0 (the number of stores), got 1'],
  'invalid-count-not-an-integer.json': ['2:12  count  expected an integer, got 1.5'],
  'invalid-images-missing.json': ['3:5  stores[0].images  missing: expected a list of URLs'],
  'invalid-images-one-string.json': ['3:38  stores[0].images  expected a list of URLs, got string'],
  'invalid-job-id.json': [
    '2:13  job_id  expected 1 to 64 of A-Z a-z 0-9 . _ -, starting and ending with a letter or digit, got "spring audit!"',
  ],
  'invalid-lines.ndjson': [
    '3:36  stores[1].images[1]  expected a URL string, got number',
    '4:21  expected a comma',
    '5:34  stores[3].image_url[0]  expected a URL string, got null',
  ],
  'invalid-list-at-top.json': [
    '1:1  expected a manifest (an object with a list of stores), got list',
  ],
  'invalid-many-problems.json': [
    `3:5  stores[0]  expected ${STORE}, got string`,
    `4:5  stores[1].store_id  missing: expected ${ID}`,
    '4:18  stores[1].images[0]  expected a URL string, got number',
    '4:50  stores[1].images[2]  expected a URL string, got boolean',
    `5:19  stores[2].store_id  expected ${ID}, got number`,
    '5:33  stores[2].images[0]  expected a URL string, got list',
    '5:37  stores[2].images[1]  expected a URL string, got object',
    '7:13  job_id  expected a string, got number',
    '8:12  count  expected 3 (the number of stores), got 4',
  ],
  'invalid-no-list.json': ['1:1  stores  missing: expected a list of stores'],
  'invalid-store-id-empty.json': [`3:19  stores[0].store_id  expected ${ID}, got an empty string`],
  'invalid-stores-and-visits.json': ['3:13  visits  expected either stores or visits, got both'],
  'invalid-stores-object.json': ['1:13  stores  expected a list of stores, got object'],
  'invalid-url-not-a-string.json': ['3:68  stores[0].images[1]  expected a URL string, got number'],
  'invalid-visit-time-number.json': ['3:42  stores[0].visit_time  expected a string, got number'],
  'invalid-visit-url-not-a-string.json': [
    '3:71  visits[0].image_url[1]  expected a URL string, got null',
  ],
  'syntax-comma-after-last-entry.json': ['3:1  expected no comma before }'],
  'syntax-comma-missing.json': ['3:3  expected a comma'],
  'syntax-comment.json': ['2:3  JSON has no comments'],
  'syntax-cut-off.json': ['3:1  unexpected end of the file'],
  'syntax-ndjson-named-json.json': [
    '2:1  expected the end of the file (a file with one store on each line is NDJSON)',
  ],
  'syntax-single-quotes.json': ["1:3  unexpected 'stores': JSON has double quotes only"],
};

const names = readdirSync(FOLDER);

describe('every fixture that is invalid', () => {
  test.each(names.filter((name) => /^(invalid|syntax)-/.test(name)))('%s', async (name) => {
    const problems = await invalid(await readPath(join(FOLDER, name)));
    const printed = problems.map((problem) =>
      formatProblem({ ...problem, file: basename(problem.file) }),
    );
    expect(printed).toEqual(PROBLEMS[name]?.map((line) => `${name}:${line}`));
  });
});

describe('every fixture that is valid', () => {
  test.each(names.filter((name) => !/^(invalid|syntax)-/.test(name)))('%s', async (name) => {
    expect(valid(await readPath(join(FOLDER, name))).warnings).toEqual([]);
  });
});
