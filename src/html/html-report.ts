import { readFile } from 'node:fs/promises';
import { type PageAssets, type PageOptions, pageText } from '../html/page.ts';
import { type PicturePaths, pictureSource } from '../html/picture-folder.ts';
import { surveyOf } from '../html/survey.ts';
import type { ResultsDocument } from '../results/document.ts';
import type { Turns } from '../turns.ts';

const BROWSER = new URL('../browser/', import.meta.url);
const STYLES = ['page.css', 'report.css'];
/** Before the script of the table, which tells it of its rows. */
const GALLERY = 'gallery.js';
const SCRIPTS = ['tooltip.js', 'timeline.js', 'table.js', 'copy.js'];

export type HtmlReportOptions = Omit<PageOptions, 'pictures'> & {
  turns?: Turns;
  /** Where pictures are that the page can show; it shows none unless it is said. */
  pictures?: PicturePaths | null;
};

/**
 * The report of a job as one HTML page, in blocks of text. The document has
 * been read by then: what is wrong with it is no trouble of the output. Where
 * there are `turns`, they are kept.
 */
export async function htmlReport(
  document: ResultsDocument,
  { turns, pictures: paths = null, ...options }: HtmlReportOptions,
): Promise<AsyncGenerator<string>> {
  const pictures = paths && pictureSource(paths);
  const [survey, assets] = await Promise.all([
    surveyOf(document, {
      turns: turns ?? null,
      pictures: pictures && { hasFolder: pictures.folder !== null },
    }),
    readAssets(pictures ? [GALLERY, ...SCRIPTS] : SCRIPTS),
  ]);
  const texts = pageText(survey, assets, { ...options, pictures });
  return turns ? inTurns(texts, turns) : texts;
}

/** They lie beside this package's code, built with it. */
async function readAssets(names: string[]): Promise<PageAssets> {
  const read = (name: string) => readFile(new URL(name, BROWSER), 'utf8');
  const [styles, scripts] = await Promise.all([
    Promise.all(STYLES.map(read)),
    Promise.all(names.map(read)),
  ]);
  return { style: styles.join(''), scripts };
}

async function* inTurns(texts: AsyncIterable<string>, turns: Turns): AsyncGenerator<string> {
  for await (const text of texts) {
    yield text;
    const pause = turns.over();
    if (pause) await pause;
  }
}
