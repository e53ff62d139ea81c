import type { ResultsDocument } from '../job/document.ts';
import type { ImageResult, StoreResult } from '../job/schema.ts';
import { showPlace, showText, showUrl } from '../prose.ts';

/**
 * Results as JUnit XML, in blocks of text: a suite for each store, a case for
 * each image, in manifest order. An image that is pending is a skipped case,
 * since there is no other word for it. Elements and attributes are those of
 * Jenkins' schema (junit-10.xsd of its xUnit plugin); times are seconds.
 */
export async function* junitText({ head, stores }: ResultsDocument): AsyncGenerator<string> {
  const { total, failed, skipped, pending } = head.summary.images;
  const counts = { tests: total, failures: failed, errors: 0, skipped: skipped + pending };
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  // Of these the schema knows no count of skipped cases.
  const { tests, failures, errors } = counts;
  const time = seconds(head.duration_ms);
  yield `<testsuites${attributes({ name: head.job_id, tests, failures, errors, time })}>\n`;
  const visits = new Map<string, number>();
  let id = 0;
  for await (const store of stores()) {
    const visit = (visits.get(store.store_id) ?? 0) + 1;
    visits.set(store.store_id, visit);
    // Readers take two cases of one name for the same one.
    const name = visit === 1 ? store.store_id : `${store.store_id} (visit ${visit})`;
    yield suiteText(store, { name, id });
    id += 1;
  }
  yield '</testsuites>\n';
}

function suiteText(store: StoreResult, { name, id }: { name: string; id: number }): string {
  const { images, started_at, duration_ms } = store;
  const left = images.filter(isLeft).length;
  const list = {
    name,
    id,
    tests: images.length,
    failures: images.filter(({ error }) => error).length,
    errors: 0,
    skipped: left,
    time: seconds(duration_ms),
    timestamp: started_at,
  };
  const cases = images.map((image, index) => caseText(image, { store, index, classname: name }));
  return `  <testsuite${attributes(list)}>\n${cases.join('')}  </testsuite>\n`;
}

type CasePlace = { store: StoreResult; index: number; classname: string };

function caseText(image: ImageResult, { store, index, classname }: CasePlace): string {
  const name = `image ${index + 1}: ${showUrl(image.url)}`;
  const open = `    <testcase${attributes({ name, classname, time: seconds(image.duration_ms) })}`;
  if (image.error) {
    return `${open}>${failureText(image, image.error, showPlace(index, store.images.length, image.url))}</testcase>\n`;
  }
  if (isLeft(image)) {
    return `${open}><skipped${attributes({ message: whyLeft(image, store) })}/></testcase>\n`;
  }
  return `${open}/>\n`;
}

function isLeft({ status }: ImageResult): boolean {
  return status === 'skipped' || status === 'pending';
}

function failureText(
  { attempts, duration_ms }: ImageResult,
  { code, message, host }: NonNullable<ImageResult['error']>,
  place: string,
): string {
  const lines = [
    place,
    `${code}: ${message}`,
    ...(host === null ? [] : [`host: ${host}`]),
    `attempts: ${attempts}, in ${seconds(duration_ms)} s`,
  ];
  const list = attributes({ type: code, message: `${code}: ${message}` });
  return `<failure${list}>${lines.map(xml).join('\n')}</failure>`;
}

function whyLeft({ status }: ImageResult, { status: storeStatus, error }: StoreResult): string {
  if (status === 'pending') return 'not finished: the job was interrupted';
  if (!error || storeStatus === 'skipped') return 'the job was stopped at a failed store';
  return `image ${error.image + 1} had failed: ${error.code}: ${error.message}`;
}

function attributes(list: Record<string, string | number | null>): string {
  return Object.entries(list)
    .map(([name, value]) => (value === null ? '' : ` ${name}="${xml(String(value))}"`))
    .join('');
}

/** Milliseconds as seconds with three places, which is all that the schema allows. */
function seconds(ms: number | null): string {
  return ((ms ?? 0) / 1000).toFixed(3);
}

/** Foreign text for an attribute or an element: without what XML 1.0, 2.2 can't hold. */
function xml(text: string): string {
  return showText(text)
    .replace(/[\ufffe\uffff]/g, '')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
