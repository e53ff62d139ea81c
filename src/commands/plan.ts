import { EXIT } from '../errors.ts';
import { printFolded, printJsonObject } from '../files/print.ts';
import type { ManifestFormat } from '../manifest/format.ts';
import { countImages, type Manifest } from '../manifest/manifest.ts';
import type { ReadInput } from '../manifest/read-all.ts';
import { printProblems, readManifests } from '../manifest/read-all.ts';
import { planFields } from '../plan/plan-json.ts';
import { type PlanFacts, planLines, type ScheduleFacts } from '../plan/plan-lines.ts';
import { makespan, usefulCap } from '../plan/schedule.ts';
import { surveyUrls } from '../plan/survey-urls.ts';
import { log } from '../terminal/log.ts';
import { programName } from '../terminal/program-name.ts';
import { fileWord } from '../terminal/shell-word.ts';
import { detectStyle } from '../terminal/style.ts';

/** A URL and its count take 0.2 kB (measured): in all less than a gigabyte, however large the manifest. */
const MAX_WATCHED = 4_000_000;

export type PlanOptions = {
  concurrency: number;
  /** The largest concurrency there may be. */
  max_concurrency: number;
  sleep_ms: number;
  manifestFormat: ManifestFormat;
  json: boolean;
};

/** `imgjob plan <manifest>`: what the job is made of, and how long it takes at least. Answers 0 or 2. */
export async function plan(path: string, options: PlanOptions): Promise<number> {
  const { inputs, warnings, problems } = await readManifests([path], {
    format: options.manifestFormat,
    stdin: () => process.stdin,
    job_id: null,
  });
  if (problems.length > 0) {
    printProblems(problems);
    return EXIT.usage;
  }
  for (const warning of warnings) log(`warning: ${warning}`);
  const style = detectStyle(process.stdout, process.env);
  for (const input of inputs) {
    const facts = await gatherFacts(input, options);
    if (options.json) await printJsonObject(planFields(facts));
    else await printFolded(planLines(facts, style));
  }
  return EXIT.ok;
}

async function gatherFacts(input: ReadInput, options: PlanOptions): Promise<PlanFacts> {
  const { manifest, named, path, text } = input;
  text.release();
  try {
    const { store_count, image_counts } = manifest;
    return {
      job_id: named ? manifest.job_id : null,
      file: path === '-' ? 'standard input' : path,
      validate: validateCommand(path, options.manifestFormat),
      stores: store_count,
      empty_stores: image_counts.reduce((empty, count) => empty + (count === 0 ? 1 : 0), 0),
      images: countImages(manifest),
      ...(await surveyUrls(manifest, MAX_WATCHED)),
      longest: await longestStore(manifest),
      schedule: scheduleOf(image_counts, options),
    };
  } finally {
    await manifest.close();
  }
}

function validateCommand(path: string, format: ManifestFormat): string {
  const how = format === 'auto' ? [] : ['--manifest-format', format];
  return [programName(), 'validate', ...how, fileWord(path)].join(' ');
}

async function longestStore(manifest: Manifest): Promise<PlanFacts['longest']> {
  const { image_counts } = manifest;
  const images = image_counts.reduce((most, count) => Math.max(most, count), 0);
  if (images === 0) return null;
  const { store_id } = await manifest.store(image_counts.indexOf(images));
  return { store_id, images };
}

function scheduleOf(
  image_counts: Uint32Array,
  { concurrency: cap, max_concurrency: max_cap, sleep_ms }: PlanOptions,
): ScheduleFacts {
  const useful_cap = usefulCap(image_counts);
  const best_time = makespan(image_counts, Math.min(useful_cap, max_cap));
  return { sleep_ms, cap, time: makespan(image_counts, cap), useful_cap, max_cap, best_time };
}
