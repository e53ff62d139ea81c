import type { FailureSample } from '../results/failures.ts';
import type { Reducer } from '../results/reducer.ts';
import { formatCounted } from '../terminal/numbers.ts';
import { showImage, showText } from '../terminal/prose.ts';

/** GitHub shows no more of a step than ten errors, and ten of each other kind. */
const MAX_ANNOTATIONS = 10;

/** The failures that get an annotation, in manifest order. */
export function shownFailures({ failures }: Reducer): FailureSample[] {
  return failures
    .list()
    .flatMap(({ samples }) => samples)
    .sort((a, b) => a.store - b.store || a.image - b.image)
    .slice(0, MAX_ANNOTATIONS);
}

export type AnnotationOptions = {
  /** The manifest, from the workspace's root; null where it is not a file. */
  file: string | null;
  /** Where the shown failures stand in it; null or missing where that is not known. */
  places: readonly ({ line: number; column: number } | null)[];
  level: 'error' | 'warning';
};

/** The annotations of a job, ten at most, and how many of its images failed. */
export type JobAnnotations = { lines: string[]; failed: number };

/**
 * The failures of a job as workflow commands of GitHub Actions, one line each:
 * `::error file=manifest.json,line=14,col=9,title=…::message` (docs.github.com,
 * "Workflow commands for GitHub Actions").
 */
export function annotationsOf(
  reducer: Reducer,
  { file, places, level }: AnnotationOptions,
): JobAnnotations {
  const lines = shownFailures(reducer).map((failure, index) => {
    const { store_id, image, images, url, message } = failure;
    const place = places[index];
    const properties = {
      ...(file !== null && place ? { file, line: place.line, col: place.column } : {}),
      title: `${store_id} failed`,
    };
    return command(level, properties, `${showImage(image, images, url)}: ${message}`);
  });
  return { lines, failed: reducer.summary().images.failed };
}

/**
 * The annotations of a step: ten of all its jobs together, in the order of the
 * jobs, which get them in turns so that each has its first; then a count.
 */
export function annotationLines(jobs: JobAnnotations[]): string[] {
  const shown = jobs
    .flatMap(({ lines }, job) => lines.map((line, turn) => ({ line, job, turn })))
    .sort((a, b) => a.turn - b.turn)
    .slice(0, MAX_ANNOTATIONS)
    .sort((a, b) => a.job - b.job)
    .map(({ line }) => line);
  const more = jobs.reduce((sum, { failed }) => sum + failed, 0) - shown.length;
  if (more === 0) return shown;
  // Of another level than the ten before it, or it would not be shown.
  return [
    ...shown,
    command('notice', { title: 'imgjob' }, formatCounted(more, 'more failed image')),
  ];
}

function command(
  name: string,
  properties: Record<string, string | number>,
  message: string,
): string {
  const list = Object.entries(properties).map(
    ([key, value]) => `${key}=${escapeProperty(String(value))}`,
  );
  return `::${name} ${list.join(',')}::${escapeData(message)}`;
}

/** As GitHub's own toolkit writes them (its command.ts), but for line ends: these are left out. */
function escapeData(text: string): string {
  return showText(text).replaceAll('%', '%25');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
