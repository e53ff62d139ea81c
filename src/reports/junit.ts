import type { ResultsDocument } from '../results/document.ts';
import type { ImageResult, StoreResult } from '../results/results-schema.ts';
import { inBlocks } from '../results/results-text.ts';
import { stopperOf } from '../results/stopper.ts';
import { showImage, showText, showUrl } from '../terminal/prose.ts';

/**
 * Results as JUnit XML, in blocks of text: a suite for each store, a case for
 * each image, in manifest order. An image that is pending is a skipped case,
 * since there is no other word for it. Valid by Jenkins' schema from its first
 * form (junit-4.xsd, which JUnit itself goes by) to junit-10.xsd of its xUnit
 * plugin: at first `skipped` was text without attributes, and `testsuites`
 * never had a count of skipped cases. Times are seconds.
 */
export function junitText(document: ResultsDocument): AsyncGenerator<string> {
  return inBlocks(suiteTexts(document));
}

async function* suiteTexts({ head, stores }: ResultsDocument): AsyncGenerator<string> {
  const { total, failed } = head.summary.images;
  const list = {
    name: head.job_id,
    tests: total,
    failures: failed,
    errors: 0,
    time: seconds(head.duration_ms),
  };
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites${attributes(list)}>\n`;
  const nameOf = uniqueNames();
  let id = 0;
  for await (const store of stores()) {
    yield suiteText(store, { name: nameOf(store.store_id), id });
    id += 1;
  }
  yield '</testsuites>\n';
}

/**
 * What each suite is called, and the class of its cases: its store's id, which
 * may come again, also in an id that looks the same once it is safe to show.
 * Readers take two cases of one class and name for the same one.
 */
function uniqueNames(): (store_id: string) => string {
  const visits = new Map<string, number>();
  return (store_id) => {
    const shown = plain(store_id);
    const id = shown.trim() === '' ? '(no name)' : shown;
    let visit = (visits.get(id) ?? 0) + 1;
    while (visit > 1 && visits.has(visitName(id, visit))) visit += 1;
    visits.set(id, visit);
    const name = visitName(id, visit);
    if (visit > 1) visits.set(name, 1);
    return name;
  };
}

function visitName(id: string, visit: number): string {
  return visit === 1 ? id : `${id} (visit ${visit})`;
}

function suiteText(store: StoreResult, { name, id }: { name: string; id: number }): string {
  const { images, started_at, duration_ms } = store;
  const list = {
    name,
    id,
    tests: images.length,
    failures: images.filter(({ error }) => error).length,
    errors: 0,
    skipped: images.filter(isLeft).length,
    time: seconds(duration_ms),
    timestamp: started_at,
  };
  const cases = images.map((image, index) => caseText(image, { store, index, classname: name }));
  return `  <testsuite${attributes(list)}>\n${cases.join('')}  </testsuite>\n`;
}

type CasePosition = { store: StoreResult; index: number; classname: string };

function caseText(image: ImageResult, { store, index, classname }: CasePosition): string {
  const name = `image ${index + 1}: ${showUrl(image.url)}`;
  const open = `    <testcase${attributes({ name, classname, time: seconds(image.duration_ms) })}`;
  if (image.error) {
    return `${open}>${failureText(image, image.error, showImage(index, store.images.length, image.url))}</testcase>\n`;
  }
  if (isLeft(image)) {
    return `${open}><skipped>${xml(whyLeft(image, store))}</skipped></testcase>\n`;
  }
  return `${open}/>\n`;
}

function isLeft({ status }: ImageResult): boolean {
  return status === 'skipped' || status === 'pending';
}

function failureText(
  { attempts, duration_ms }: ImageResult,
  { code, message, host }: NonNullable<ImageResult['error']>,
  position: string,
): string {
  const lines = [
    position,
    `${code}: ${message}`,
    ...(host === null ? [] : [`host: ${host}`]),
    `attempts: ${attempts}, in ${seconds(duration_ms)} s`,
  ];
  const list = attributes({ type: code, message: `${code}: ${message}` });
  return `<failure${list}>${lines.map(xml).join('\n')}</failure>`;
}

function whyLeft({ status }: ImageResult, store: StoreResult): string {
  if (status === 'pending') return 'not finished: the job was interrupted';
  const stopper = stopperOf(store);
  if (!stopper) return 'the job was stopped at a failed store';
  const { image, error } = stopper;
  return `image ${image + 1} had failed: ${error.code}: ${error.message}`;
}

function attributes(list: Record<string, string | number | null>): string {
  return Object.entries(list)
    .map(([name, value]) => (value === null ? '' : ` ${name}="${xml(String(value))}"`))
    .join('');
}

/** Milliseconds as seconds; never with an exponent, which the schema does not know. */
function seconds(ms: number | null): string {
  return ((ms ?? 0) / 1000).toFixed(3);
}

/** Foreign text for an attribute or an element. */
function xml(text: string): string {
  return plain(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Text without what XML 1.0, 2.2 can't hold. */
function plain(text: string): string {
  return showText(text).replace(/[\ufffe\uffff]/g, '');
}
