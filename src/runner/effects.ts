import type { Hash } from 'node:crypto';
import type { Network } from '../download/network.ts';
import { ImgjobError, whyUnread } from '../errors.ts';
import { readFileOrPipe } from '../files/read-pipe.ts';
import { createFault, type Effects } from '../job/effects.ts';
import type { Header } from '../options/header.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { BodySaver } from '../save/body-saver.ts';
import { VERSION } from '../version.ts';
import type { WorkStep } from './choose-work.ts';
import { createClock } from './clock.ts';
import { createPacer } from './pacer.ts';
import { sleep } from './sleep.ts';

/** So many images or stores begin in one turn of the event loop: a few milliseconds of work. */
const BEGIN_A_TURN = 24;
/** A whole system's certificates take a quarter of a megabyte. */
const MAX_CERTIFICATES = 16 * 2 ** 20;

/** The effects that are the same for all jobs of a process: its clocks, its chance, its pace. */
export function createSharedEffects(): Omit<Effects, 'fetch' | 'work' | 'unsave' | 'emit'> {
  const elapsed = () => performance.now();
  return {
    turn: createPacer(BEGIN_A_TURN),
    sleep,
    now: createClock(Date.now, elapsed),
    elapsed,
    random: Math.random,
  };
}

/** How one job fetches its images, and the way to give back what that uses. */
export type FetchStep = Pick<Effects, 'fetch'> & { close(): Promise<void> };

type FetchSettings = {
  headers: Header[];
  saver: BodySaver | null;
  signal: AbortSignal;
} & Pick<WorkStep, 'keepsBodies'>;

/** Fetches over the network, under a job's options. Throws `usage` where they can't be followed. */
export async function createFetchStep(
  network: Network,
  options: JobOptions,
  { headers, keepsBodies, saver, signal }: FetchSettings,
): Promise<FetchStep> {
  const { createFetchImage } = await import('./fetch-image.ts');
  const user_agent = options.user_agent ?? `imgjob/${VERSION}`;
  const tls = { rejectUnauthorized: !options.insecure, ...(await trusted(options, signal)) };
  const { download, close } = network.open({ ...options, user_agent, headers, tls });
  const createDigest = options.digest ? await loadDigest() : null;
  return { fetch: createFetchImage(download, { keepsBodies, createDigest, saver }), close };
}

async function loadDigest(): Promise<() => Hash> {
  const { createHash } = await import('node:crypto');
  return () => createHash('sha256');
}

const NOTHING = createFault('internal', 'nothing was to be fetched');

/** For a job with nothing to fetch: what fetching takes is not even loaded. */
export const NO_FETCH_STEP: FetchStep = {
  fetch: async () => ({ fault: NOTHING, bytes: null }),
  async close() {},
};

async function trusted({ cacert }: JobOptions, signal: AbortSignal): Promise<{ ca?: string }> {
  if (cacert === null) return {};
  try {
    const bytes = await readFileOrPipe(cacert, { max_bytes: MAX_CERTIFICATES, signal });
    const ca = bytes.toString('utf8');
    const { X509Certificate } = await import('node:crypto');
    // Throws where it holds none; without that all hosts would be told to be untrusted.
    new X509Certificate(ca);
    return { ca };
  } catch (cause) {
    if (cause instanceof ImgjobError) throw cause;
    const message = `can't read the certificates in ${cacert}: ${whyUnread(cause)}`;
    throw new ImgjobError('usage', message, { cause });
  }
}
