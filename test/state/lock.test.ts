import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { identifySelf } from '../../src/process-identity.ts';
import { type Lock, takeLock } from '../../src/state/lock.ts';
import { type HeldLock, readHolder } from '../../src/state/lock-file.ts';
import { ENVIRONMENT } from '../support/cli.ts';
import { setUpJournalFiles } from '../support/journal-file.ts';
import { SOON_MS } from '../support/times.ts';

const files = setUpJournalFiles();

/** For other processes, which can't run sources. */
async function builtLock(folder: string): Promise<string> {
  const support = new URL('../support/built-source.mjs', import.meta.url).href;
  const { builtSource }: { builtSource(...args: string[]): Promise<string> } = await import(
    support
  );
  return builtSource('state/lock.ts', folder);
}

const lockIn = (folder = files.folder()) => join(folder, 'spring-audit.lock');

function heldBy(lock: Awaited<ReturnType<typeof takeLock>>): HeldLock {
  if (!('holder' in lock)) throw new Error('it is free');
  return lock;
}

async function taken(path: string, heartbeat_ms?: number): Promise<Lock> {
  const lock = await takeLock(path, heartbeat_ms);
  if ('holder' in lock) throw new Error(`held by ${JSON.stringify(lock.holder)}`);
  return lock;
}

/** Writes a lock as another process would have left it, last touched so long ago. */
async function leave(path: string, record: Record<string, unknown>, age_s = 0): Promise<void> {
  const whole = { ...(await identifySelf()), token: 'other', ...record };
  // Whoever takes a lock puts another file in its place: a heartbeat may be writing to this one.
  writeFileSync(`${path}.left`, JSON.stringify(whole));
  const at = Date.now() / 1000 - age_s;
  utimesSync(`${path}.left`, at, at);
  renameSync(`${path}.left`, path);
}

/** A process id that was in use a moment ago and is no more. */
function deadPid(): number {
  return Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
}

describe('a lock', () => {
  it('is had by one, and says by whom', async () => {
    const path = lockIn();
    const lock = await taken(path);
    const { pid, host } = await identifySelf();
    expect(await takeLock(path)).toMatchObject({ holder: { pid, host } });
    expect(await readHolder(path)).toEqual({ pid, host });
    lock.release();
    expect(await readHolder(path)).toBeNull();
    (await taken(path)).release();
  });

  it('leaves nothing behind', async () => {
    const path = lockIn();
    const lock = await taken(path);
    await takeLock(path);
    expect(readdirSync(dirname(path))).toEqual(['spring-audit.lock']);
    lock.release();
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it('can be read by its user alone', async () => {
    const path = lockIn();
    const lock = await taken(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    lock.release();
  });

  it('of a process that has died is free', async () => {
    const path = lockIn();
    await leave(path, { pid: deadPid() });
    expect(await readHolder(path)).toBeNull();
    (await taken(path)).release();
  });

  it('of a process whose number another one has now is free', async () => {
    const path = lockIn();
    await leave(path, { started: '1' });
    (await taken(path)).release();
  });

  it.runIf(process.platform === 'linux')(
    'of a dead process that nobody has waited for is free',
    async () => {
      const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 10']);
      const [text] = await new Promise<[Buffer]>((resolve) =>
        parent.stdout.once('data', (data) => resolve([data])),
      );
      const pid = Number(String(text));
      await vi.waitFor(
        () => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '),
        SOON_MS,
      );
      const path = lockIn();
      await leave(path, { pid });
      (await taken(path)).release();
      parent.kill();
    },
  );

  it.each([{ host: 'other' }, { namespace: 'another boot or container' }])(
    'of another machine (%j) is held while it beats, and free after 30 s without',
    async (record) => {
      const path = lockIn();
      await leave(path, { pid: deadPid(), ...record }, 25);
      expect(await takeLock(path)).toHaveProperty('holder');
      await leave(path, { pid: deadPid(), ...record }, 35);
      (await taken(path)).release();
    },
  );

  it('whose time lies in the future is free: nobody has written to it since the clock was set', async () => {
    const path = lockIn();
    await leave(path, { host: 'other' }, -3600);
    (await taken(path)).release();
  });

  it('whose holder nobody here can ask says its file, and in how long it is free', async () => {
    const path = lockIn();
    await leave(path, { host: 'other' }, 10);
    const { file, free_in_ms } = heldBy(await takeLock(path));
    expect(file).toBe(path);
    expect(free_in_ms).toBeGreaterThan(10_000);
    expect(free_in_ms).toBeLessThanOrEqual(20_100);
    await leave(path, { pid: process.pid });
    expect(heldBy(await takeLock(path)).free_in_ms).toBeNull();
  });

  it('that is no lock of ours counts as held while it is new', async () => {
    const path = lockIn();
    writeFileSync(path, '');
    expect(await takeLock(path)).toMatchObject({ holder: null });
    utimesSync(path, 1, 1);
    (await taken(path)).release();
  });
});

describe('of a dead process', () => {
  const heirOf = (path: string, token: string) => `${path}.heir-of-${token}`;

  it('whose heir died before it had taken its place, the lock is free all the same', async () => {
    const path = lockIn();
    await leave(path, { pid: deadPid(), token: 'first' });
    await leave(heirOf(path, 'first'), { pid: deadPid(), token: 'second' });
    await leave(heirOf(path, 'second'), { pid: deadPid(), token: 'third' });
    const lock = await taken(path);
    expect(readdirSync(dirname(path))).toEqual(['spring-audit.lock']);
    lock.release();
  });

  it('whose heir lives, the lock is the heir’s', async () => {
    const path = lockIn();
    await leave(path, { pid: deadPid(), token: 'first' });
    await leave(heirOf(path, 'first'), { host: 'other', token: 'second' });
    expect(await takeLock(path)).toMatchObject({ holder: { host: 'other' } });
    expect(await readHolder(path)).toMatchObject({ host: 'other' });
  });
});

describe('the heartbeat', () => {
  it('keeps the file new', async () => {
    const path = lockIn();
    const lock = await taken(path, 10);
    utimesSync(path, 1, 1);
    await vi.waitFor(() => expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(5000), SOON_MS);
    expect(await readHolder(path)).not.toBeNull();
    lock.release();
  });

  it('notices that another has taken the lock, and leaves it to that one', async () => {
    const path = lockIn();
    const lock = await taken(path, 10);
    await delay(50);
    expect(lock.lost.aborted).toBe(false);
    await leave(path, { host: 'other' });
    await vi.waitFor(() => expect(lock.lost.aborted).toBe(true), SOON_MS);
    lock.release();
    expect(await readHolder(path)).toMatchObject({ host: 'other' });
  });
});

describe('of many who try at once', () => {
  it.each([
    ['a free lock', null],
    ['that of a dead process', 0],
    ['that of a machine that is gone', 60],
  ])('one gets %s', async (_, age_s) => {
    const path = lockIn();
    if (age_s !== null) {
      await leave(path, { pid: deadPid(), ...(age_s > 0 ? { host: 'gone' } : {}) }, age_s);
    }
    const script = `
      import { takeLock } from ${JSON.stringify(await builtLock(files.folder()))};
      const lock = await takeLock(${JSON.stringify(path)}, 20);
      console.log('holder' in lock ? 'refused' : 'taken');
      process.stdin.resume().on('end', () => {
        if ('holder' in lock) return;
        if (lock.lost.aborted) console.log('lost');
        lock.release();
      });`;
    const env = ENVIRONMENT;
    const children = Array.from({ length: 8 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env });
      const said = { child, output: '' };
      child.stdout.on('data', (chunk) => {
        said.output += chunk;
      });
      return said;
    });
    // Whoever has it keeps it until all have tried, and some heartbeats longer.
    await vi.waitFor(() => {
      for (const { output } of children) expect(output).not.toBe('');
    }, SOON_MS);
    await delay(200);
    await Promise.all(
      children.map(({ child }) => {
        child.stdin.end();
        return once(child, 'close');
      }),
    );
    const outputs = children.map(({ output }) => output.trim());
    expect(outputs.sort()).toEqual([...Array(7).fill('refused'), 'taken']);
    expect(readdirSync(dirname(path))).toEqual([]);
  });
});
