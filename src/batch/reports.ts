import { fstatSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { ImgjobError } from '../errors.ts';
import { followed } from '../files/links.ts';
import type { Output } from '../files/output.ts';
import type { ReaderWait } from '../files/stream-output.ts';
import type { JobOrigin } from '../html/footer-section.ts';
import type { PicturePaths } from '../html/picture-folder.ts';
import type { JobOptions } from '../options/job-options.ts';
import { type DocumentSource, documentOf } from '../results/document.ts';
import { slowestStore } from '../results/slowest-store.ts';
import { type OutputInput, openFiles, pathsFor } from './outputs.ts';

/** What a report says besides what is in the results: sentences on how the job ended, where its results are, where it came from, and where pictures are. */
type About = {
  remarks: readonly string[];
  results: string;
  origin: JobOrigin;
  pictures: PicturePaths | null;
};

/** What a run writes besides its results, by the option that asks for it: what it takes is loaded when it is written. */
const REPORTS = {
  workOutput: {
    name: 'outputs',
    option: '--work-output',
    ending: 'outputs.ndjson',
    text: async (source: DocumentSource) =>
      (await import('../results/outputs.ts')).outputsText(source),
  },
  junit: {
    name: 'junit',
    option: '--junit',
    ending: 'junit.xml',
    text: async (source: DocumentSource) =>
      (await import('../reports/junit.ts')).junitText(documentOf(source)),
  },
  report: {
    name: 'report',
    option: '--report',
    ending: 'report.html',
    text: async (source: DocumentSource, about: About) =>
      (await import('../html/html-report.ts')).htmlReport(documentOf(source), about),
  },
  summary: {
    name: 'summary',
    option: '--summary',
    ending: 'summary.md',
    text: async (source: DocumentSource, { remarks }: About) => {
      const { markdownText } = await import('../reports/markdown.ts');
      return markdownText(source.reducer, await slowestStore(source), remarks);
    },
  },
};

const PICTURES = '--report-pictures';

type ReportInput = OutputInput & { options: JobOptions };

export type ReportKind = keyof typeof REPORTS;
const KINDS: ReportKind[] = ['workOutput', 'junit', 'report', 'summary'];

/** Where each report is to go; those that were not asked for are not there. */
export type ReportPaths = { [Kind in ReportKind]?: string } & {
  /** Whether the page can show pictures. */
  reportPictures?: boolean;
};

/** A report of one job. */
export type Report = {
  kind: ReportKind;
  /** What it is called in the summary, in at most 8 letters. */
  name: string;
  option: string;
  output: Output;
  /** What else of the command line is of it. */
  flags: string[];
  /** Rejects with `output-unwritable`. Remarks are sentences on how the job ended. */
  write(source: DocumentSource, remarks: readonly string[], check: () => void): Promise<void>;
};

/**
 * Opens the reports of each job before anything is fetched, in the order of
 * the inputs. The places of their results are in `opened`, and what this opens is put there.
 */
export async function openReports(
  inputs: ReportInput[],
  asked: ReportPaths,
  opened: Output[],
  waiting: ReaderWait,
): Promise<Report[][]> {
  if (asked.reportPictures && asked.report === undefined) {
    throw new ImgjobError(
      'usage',
      `${PICTURES} is for the page of --report, which is not asked for`,
    );
  }
  const files = opened.filter(({ shared }) => !shared);
  const taken = new Set(await Promise.all(files.map(({ name }) => followed(name))));
  const results = opened.map(({ name, shared }) => (shared ? 'results.json' : basename(name)));
  const ofJobs = inputs.map((): Report[] => []);
  for (const kind of KINDS) {
    const path = asked[kind];
    if (path === undefined) continue;
    const { name, option, ending, text } = REPORTS[kind];
    const hasPictures = kind === 'report' && asked.reportPictures === true;
    const flags = hasPictures ? [PICTURES] : [];
    refuseNoFile(path, option);
    const paths = await pathsFor(inputs, { path, option, ending });
    await refuseTaken(paths, taken, option);
    for (const [index, output] of (await openFiles(paths, inputs, waiting)).entries()) {
      opened.push(output);
      const write: Report['write'] = async (source, remarks, check) => {
        const input = inputs[index];
        const about = {
          remarks,
          results: results[index] ?? 'results.json',
          origin: originOf(input),
          pictures: hasPictures ? { folder: input?.options.save ?? null, page: output.name } : null,
        };
        await output.write(() => text(source, about), check);
      };
      ofJobs[index]?.push({ kind, name, option, output, flags, write });
    }
  }
  return ofJobs;
}

function originOf(input: ReportInput | undefined): JobOrigin {
  const { path = '-', options = null } = input ?? {};
  return { manifest: path === '-' ? null : basename(path), options };
}

function refuseNoFile(path: string, option: string): void {
  if (path === '') throw new ImgjobError('usage', `${option}: the path is empty`);
  if (path !== '-') return;
  throw new ImgjobError('usage', `${option} needs a file: standard output is for the results`);
}

async function refuseTaken(paths: string[], taken: Set<string>, option: string): Promise<void> {
  for (const path of paths) {
    if (await isStandardOutput(path)) refuseNoFile('-', option);
    const target = await followed(path);
    if (taken.has(target) && target !== '/dev/null') {
      throw new ImgjobError('usage', `${option} names a file that is already written to: ${path}`);
    }
    taken.add(target);
  }
}

/** Also by another name: `/dev/stdout`, or the file that standard output was redirected to. */
async function isStandardOutput(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  const output = fstatSync(process.stdout.fd);
  const isOutput = output.isFile() || output.isFIFO() || output.isSocket();
  return isOutput && found?.dev === output.dev && found.ino === output.ino;
}
