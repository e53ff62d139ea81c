import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ImgjobError, reasonOf, systemCode } from '../errors.ts';
import { createFault, type Effects } from '../job/effects.ts';
import type { Header } from '../options.ts';
import type { JobOptions } from '../results/events.ts';
import { readVersion } from '../version.ts';
import type { WorkStep } from './choose-work.ts';
import { createClock } from './clock.ts';
import { createPacer } from './pacer.ts';
import { sleep } from './sleep.ts';

/** So many images or stores begin in one turn of the event loop: a few milliseconds of work. */
const BEGIN_A_TURN = 24;

/** How images are fetched and measured. */
type Images = Pick<Effects, 'download' | 'measurer'> & { close(): Promise<void> };

/** What the effects of one run are made for. */
type RunEffects = {
  /** Whether there is anything to fetch. */
  fetches: boolean;
  max_connections: number | undefined;
  work: WorkStep;
  emit: Effects['emit'];
};

/**
 * The real effects: the network, the clocks, and the user's own work or the
 * sleep that stands for it. Where nothing is to be fetched what it takes is not even loaded.
 */
export async function createEffects(
  options: JobOptions,
  headers: Header[],
  { fetches, max_connections, work, emit }: RunEffects,
): Promise<{ effects: Effects; close: Images['close'] }> {
  const { download, measurer, close } = fetches
    ? await loadImages({ ...options, max_connections }, headers)
    : NO_IMAGES;
  const elapsed = () => performance.now();
  const effects: Effects = {
    download,
    measurer,
    work: work.work,
    keepsBodies: work.keepsBodies,
    turn: createPacer(BEGIN_A_TURN),
    sleep,
    now: createClock(Date.now, elapsed),
    elapsed,
    random: Math.random,
    emit,
  };
  const closeAll = async () => {
    await Promise.all([close(), work.close()]);
  };
  return { effects, close: closeAll };
}

const NOTHING = createFault('internal', 'nothing was to be fetched');
const NO_IMAGES: Images = {
  download: async () => NOTHING,
  measurer: () => ({ push() {}, end: () => NOTHING }),
  async close() {},
};

async function loadImages(
  options: JobOptions & Pick<RunEffects, 'max_connections'>,
  headers: Header[],
): Promise<Images> {
  const [{ createDownloader }, { createMeasurer }] = await Promise.all([
    import('../download/download.ts'),
    import('../measure/measure.ts'),
  ]);
  const user_agent = options.user_agent ?? `imgjob/${readVersion()}`;
  const tls = { rejectUnauthorized: !options.insecure, ...trusted(options) };
  const downloader = createDownloader({ ...options, user_agent, headers, tls });
  return { ...downloader, measurer: createMeasurer };
}

function trusted({ cacert }: JobOptions): { ca?: string } {
  if (cacert === null) return {};
  try {
    const ca = readFileSync(cacert, 'utf8');
    // Throws where it holds none; without that all hosts would be told to be untrusted.
    new X509Certificate(ca);
    return { ca };
  } catch (cause) {
    const why = systemCode(cause) === 'ENOENT' ? 'no such file' : reasonOf(cause);
    throw new ImgjobError('usage', `can't read the certificates in ${cacert}: ${why}`, {
      cause,
    });
  }
}
