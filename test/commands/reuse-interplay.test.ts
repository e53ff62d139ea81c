import type { ChildProcess } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { manifestOf, type Stores } from '../support/reuse-runs.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);

/** One command on the job, and how many requests the server saw of it. */
type Step = {
  /** `run`, or another command with its arguments. */
  args: string[];
  /** What the manifest has by then; without one it is as it was. */
  stores?: Stores;
  /** The same of a second job that is run with it. */
  second?: Stores;
  /** Killed when so many images were worked on; /gate hangs until then. */
  killedAfter?: number;
  requests: number;
};

const run = (...args: string[]) => ['run', '--sleep', '0', '--retries', '0', ...args];
const RESUME = ['resume', 'job'];
const REUSE = '--reuse';

const GOOD: Stores = { S1: ['/png/1x1', '/png/2x2'], S2: ['/png/3x3', '/png/4x4'] };
const MORE: Stores = { ...GOOD, S1: ['/png/9x9', '/png/1x1', '/png/2x2'] };
/** The last image hangs: all others are worked on when the run is killed. */
const HANGS: Stores = { S1: ['/png/1x1', '/png/2x2'], S2: ['/png/3x3', '/gate'] };
const HANGS_MORE: Stores = { ...HANGS, S1: ['/png/9x9', '/png/1x1', '/png/2x2'] };
/** Its first store fails, and has one image behind that. */
const BAD: Stores = { S1: ['/png/1x1', '/status/404', '/png/2x2'], S2: ['/png/3x3'] };
const CORRECTED: Stores = { ...BAD, S1: ['/png/1x1', '/png/7x7', '/png/2x2'] };
const BUSY: Stores = { S1: ['/png/1x1', '/status/503'], S2: ['/png/3x3'] };

const ROWS: [string, Step[]][] = [
  [
    'alone, again and again',
    [
      { args: run(), stores: GOOD, requests: 4 },
      { args: run(REUSE), stores: MORE, requests: 1 },
      { args: run(REUSE), requests: 0 },
      { args: run(), requests: 5 },
    ],
  ],
  [
    'a run that was killed',
    [
      { args: run(), stores: HANGS, killedAfter: 3, requests: 4 },
      { args: run(REUSE), stores: HANGS_MORE, requests: 2 },
    ],
  ],
  [
    'killed itself, and resumed',
    [
      { args: run(), stores: { S1: ['/png/1x1', '/png/2x2'] }, requests: 2 },
      { args: run(REUSE), stores: HANGS_MORE, killedAfter: 2, requests: 3 },
      { args: RESUME, requests: 1 },
    ],
  ],
  [
    'killed itself, and run --resume',
    [
      { args: run(), stores: { S1: ['/png/1x1', '/png/2x2'] }, requests: 2 },
      { args: run(REUSE), stores: HANGS, killedAfter: 1, requests: 2 },
      { args: run('--resume'), requests: 1 },
    ],
  ],
  [
    'killed itself, and done again with another manifest',
    [
      { args: run(), stores: { S1: ['/png/1x1', '/png/2x2'] }, requests: 2 },
      { args: run(REUSE), stores: HANGS, killedAfter: 1, requests: 2 },
      { args: run(REUSE), stores: HANGS_MORE, requests: 2 },
    ],
  ],
  [
    'with --prefetch',
    [
      { args: run('--prefetch'), stores: GOOD, requests: 4 },
      { args: run('--prefetch', REUSE), stores: MORE, requests: 1 },
    ],
  ],
  [
    'with --prefetch, killed with an image fetched ahead',
    [
      { args: run('--prefetch'), stores: HANGS, killedAfter: 3, requests: 4 },
      { args: run('--prefetch', REUSE), stores: HANGS_MORE, requests: 2 },
    ],
  ],
  [
    'with --fail-fast',
    [
      { args: run('--fail-fast', '-c', '1'), stores: BAD, requests: 2 },
      { args: run('--fail-fast', '-c', '1', REUSE), requests: 1 },
      { args: run('--fail-fast', '-c', '1', REUSE), stores: CORRECTED, requests: 3 },
    ],
  ],
  [
    'with --keep-going',
    [
      { args: run('--keep-going'), stores: BAD, requests: 4 },
      { args: run('--keep-going', REUSE), requests: 1 },
      { args: run('--keep-going', REUSE), stores: CORRECTED, requests: 1 },
    ],
  ],
  [
    'with --keep-going, and then without: what is behind a failure is not lost',
    [
      { args: run('--keep-going'), stores: BAD, requests: 4 },
      { args: run(REUSE), requests: 1 },
      { args: run(REUSE), stores: CORRECTED, requests: 1 },
    ],
  ],
  [
    'with retries',
    [
      { args: run('--retries', '1', '--retry-delay', '1ms'), stores: BUSY, requests: 4 },
      { args: run('--retries', '2', '--retry-delay', '1ms', REUSE), requests: 3 },
    ],
  ],
  [
    'with --retry-failed before and behind it',
    [
      { args: run(), stores: BAD, requests: 3 },
      { args: run('--retry-failed'), requests: 1 },
      { args: run(REUSE), stores: { ...BAD, S3: ['/png/8x8'] }, requests: 2 },
      { args: run('--retry-failed'), requests: 1 },
      { args: [...RESUME, '--retry-failed'], requests: 1 },
    ],
  ],
  [
    'of several manifests',
    [
      { args: run(), stores: GOOD, second: BAD, requests: 7 },
      { args: run(REUSE), stores: MORE, second: CORRECTED, requests: 3 },
      { args: run(REUSE), requests: 0 },
    ],
  ],
  [
    'of several manifests of which one is new, and killed',
    [
      { args: run(), stores: { S1: ['/png/1x1', '/png/2x2'] }, requests: 2 },
      { args: run(REUSE), stores: HANGS, second: GOOD, killedAfter: 5, requests: 6 },
      { args: run(REUSE), requests: 1 },
    ],
  ],
  [
    'with --save and --digest',
    [
      { args: run('--save', 'kept'), stores: GOOD, requests: 4 },
      { args: run('--save', 'kept', REUSE), stores: MORE, requests: 1 },
      { args: run('--save', 'kept', '--digest', REUSE), requests: 5 },
      { args: run('--save', 'kept', '--digest', REUSE), stores: GOOD, requests: 0 },
      { args: RESUME, requests: 0 },
    ],
  ],
];

/** Kills a run when so many images were worked on and the one that hangs was asked for. */
function killWhenHanging(child: ChildProcess, images: number): void {
  let seen = '';
  child.stderr?.on('data', (data) => {
    seen += data;
  });
  const look = setInterval(() => {
    const finished = seen.match(/"type":"image_finished"(?![^\n]*"reused":true)/g) ?? [];
    const hangs = kept.requested().includes('/gate');
    if (finished.length === images && hangs) child.kill('SIGKILL');
  }, 5);
  child.once('close', () => clearInterval(look));
}

describe('run --reuse asks for no more than it must', () => {
  it.each(ROWS)('%s', async (_, steps) => {
    let paths: string[] = [];
    for (const [index, { args, stores, second, killedAfter, requests }] of steps.entries()) {
      gate.isOpen = killedAfter === undefined;
      runs.server.requests.length = 0;
      const write = (given: Stores, id: string) =>
        runs.workspace.write(`${id}.json`, manifestOf(given, runs.at, id));
      if (stores) paths = [write(stores, 'job'), ...(second ? [write(second, 'other')] : [])];
      const output = args[0] === 'resume' ? ['-o', 'resumed.json'] : ['-o', 'out/', ...paths];
      const { code, stderr } = await kept.imgjob([...args, '--progress', 'json', ...output], {
        onStart: (child) => killedAfter !== undefined && killWhenHanging(child, killedAfter),
      });
      const step = `step ${index + 1}: ${kept.requested().sort().join(' ')}\n${stderr}`;
      expect(kept.requested(), step).toHaveLength(requests);
      expect(code === null, step).toBe(killedAfter !== undefined);
    }
  });
});
