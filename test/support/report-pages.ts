import { readdirSync, readFileSync } from 'node:fs';
import type { PictureSource } from '../../src/html/picture-folder.ts';
import { keptJobs } from './kept.ts';
import { pageOf, textOf } from './pages.ts';
import { setUpRuns } from './runs.ts';

/** Runs of a test file whose pages are looked at. */
export function setUpReportPages() {
  const runs = setUpRuns();
  const { run, mixedManifest } = runs;
  const kept = keptJobs(runs);
  const written = (name: string) => readFileSync(runs.workspace.path(name), 'utf8');
  const manifest = (name: string, content: unknown) => runs.workspace.write(name, content);
  const files = (folder = '.') => readdirSync(runs.workspace.path(folder)).sort();

  /** Runs the job that fails at one of its images, its results in out.json. */
  const runMixed = (...args: string[]) =>
    run(['-o', 'out.json', ...args, manifest('m.json', mixedManifest())]);

  /** The page of results that are in a file, as it has to be. */
  async function pageOfResults(
    name = 'out.json',
    results = name,
    pictures: PictureSource | null = null,
  ): Promise<string> {
    const { errors, stores, ...head } = kept.readOutput(name);
    const document = {
      head,
      async *stores() {
        yield* stores;
      },
    };
    return pageOf(document, results, { pictures });
  }

  return { runs, kept, written, manifest, files, runMixed, pageOfResults };
}

/** A page, and what it says of the run that made it, which no results do. */
export function apart(page: string): { page: string; footer: string } {
  const [footer = ''] = /<footer>.*?<\/footer>/s.exec(page) ?? [];
  return { page: page.replace(footer, ''), footer: textOf(footer) };
}

/** The counts of a page by their outcome: `{ total: '5', completed: '3' }`. */
export function countsOf(page: string, what: 'images' | 'stores'): Record<string, string> {
  const counts = page.matchAll(new RegExp(` data-${what}="(\\w+)">([^<]*)<`, 'g'));
  return Object.fromEntries([...counts].map(([, status, count]) => [status, count]));
}
