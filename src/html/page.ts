import { createHash } from 'node:crypto';
import type { DataId, PicturesData } from '../browser/data.ts';
import { distributionSection } from './distribution-section.ts';
import { failureSection } from './failure-section.ts';
import { footerSection, type JobOrigin } from './footer-section.ts';
import { html, jsonElement, type Markup } from './markup.ts';
import { outcomeSection } from './outcome-section.ts';
import type { PictureSource } from './picture-folder.ts';
import { repeatedSection } from './repeated-section.ts';
import { sizesSection } from './sizes-section.ts';
import { slowestSection } from './slowest-section.ts';
import type { Survey } from './survey.ts';
import type { TablePictures } from './table.ts';
import { tableSection } from './table-section.ts';
import { timelineSection } from './timeline-section.ts';

/** What every page has: a style sheet, and scripts that are modules which import nothing. */
export type PageAssets = { style: string; scripts: string[] };

export type PageOptions = {
  /** The name of the file with the results, for commands that a reader may copy. */
  results: string;
  /** What a job is called that has not ended; interrupted, unless it is said. */
  ongoing?: 'running' | 'queued' | 'interrupted' | 'ongoing';
  /** Nothing is known of it unless it is said. */
  origin?: JobOrigin;
  /** There are none to show unless it is said. */
  pictures?: PictureSource | null;
};

/** The report of a job as one page that asks for nothing else, in blocks of text. */
export async function* pageText(
  survey: Survey,
  assets: PageAssets,
  { results, ongoing = 'interrupted', origin = UNKNOWN, pictures = null }: PageOptions,
): AsyncGenerator<string> {
  const { status } = survey.head;
  const word = status === 'ongoing' ? ongoing : status;
  yield headOf(survey, assets, word).markup;
  yield '<main>\n';
  yield outcomeSection(survey, word).markup;
  yield failureSection(survey, { results, hasTable: true }).markup;
  yield sizesSection(survey).markup;
  yield timelineSection(survey, CLICK_NOTE).markup;
  yield slowestSection(survey).markup;
  yield distributionSection(survey).markup;
  yield repeatedSection(survey).markup;
  yield tableSection(survey, pictures).markup;
  yield '</main>\n';
  yield footerSection(survey.head, origin).markup;
  yield '<p id="spoken" class="unseen" role="status"></p>\n';
  const timeline: DataId = 'timeline-data';
  const table: DataId = 'table-data';
  yield* jsonElement(timeline, survey.timeline.data);
  yield* jsonElement(table, survey.table.data);
  if (survey.table.pictures && pictures) yield* picturesElement(survey.table.pictures, pictures);
  for (const script of assets.scripts) yield `<script type="module">${script}</script>\n`;
  yield '</body>\n</html>\n';
}

const UNKNOWN: JobOrigin = { manifest: null, options: null };
/** What a click on the timeline does. */
const CLICK_NOTE = '; a click finds its store in the table';

function picturesElement({ files }: TablePictures, { folder }: PictureSource) {
  const id: DataId = 'pictures-data';
  const data: PicturesData = { folder: folder ?? '', file: files };
  return jsonElement(id, data);
}

function headOf({ head, table }: Survey, assets: PageAssets, word: string): Markup {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(assets, picturesFrom(table.pictures))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${head.job_id}: ${word} (imgjob report)</title>
<link rel="icon" href="${iconOf(head.status)}">
<style>${{ markup: assets.style }}</style>
</head>
<body>
`;
}

/** Nothing but this page's own scripts and style (CSP Level 3), so that no text in it can do harm. */
function policyOf({ style, scripts }: PageAssets, pictures: string[]): string {
  return [
    "default-src 'none'",
    `script-src ${scripts.map(hashOf).join(' ')}`,
    `style-src ${hashOf(style)}`,
    ['img-src data:', ...pictures].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** From where pictures may come: files beside the page, and what URLs lead to, each where there are any. */
function picturesFrom(pictures: TablePictures | null): string[] {
  return [
    ...(pictures && pictures.kept > 0 ? ["'self'", 'file:'] : []),
    ...(pictures && pictures.linked > 0 ? ['http:', 'https:'] : []),
  ];
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

const ICON_COLORS = { completed: '18794e', failed: 'd13438', ongoing: '8a6100' };

/** A dot in the colour of the outcome; without one a browser would ask a server for it. */
export function iconOf(status: Survey['head']['status']): string {
  const circle = `<circle cx="8" cy="8" r="7" fill="#${ICON_COLORS[status]}"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${circle}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
