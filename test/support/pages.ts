import { readFileSync } from 'node:fs';
import { type PageAssets, type PageOptions, pageText } from '../../src/html/page.ts';
import { surveyOf } from '../../src/html/survey.ts';
import type { ResultsDocument } from '../../src/results/document.ts';
import { collect } from './collect.ts';

/** What a page is made with: what the build made of src/browser. */
export function builtAssets({ pictures = null }: Pick<PageOptions, 'pictures'> = {}): PageAssets {
  const read = (name: string) =>
    readFileSync(new URL(`../../dist/browser/${name}`, import.meta.url), 'utf8');
  return {
    style: ['page.css', 'report.css'].map(read).join(''),
    scripts: [
      ...(pictures ? ['gallery.js'] : []),
      ...['tooltip.js', 'timeline.js', 'table.js', 'copy.js'],
    ].map(read),
  };
}

/** The report of a document, whole; `results` is the name of its file. */
export async function pageOf(
  document: ResultsDocument,
  results = 'results.json',
  options: Pick<PageOptions, 'pictures'> = {},
): Promise<string> {
  const { pictures } = options;
  const survey = await surveyOf(document, {
    pictures: pictures ? { hasFolder: pictures.folder !== null } : null,
  });
  const texts = pageText(survey, builtAssets(options), { results, ...options });
  return (await collect(texts)).join('');
}

/** The values of an attribute wherever it is, as a browser reads them. */
export function attributes(page: string, name: string): string[] {
  return [...page.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map(([, value = '']) =>
    unescaped(value),
  );
}

/** Text without its markup, as a browser shows it. */
export function textOf(page: string): string {
  return unescaped(page.replace(/<[^>]*>/g, ''));
}

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}
