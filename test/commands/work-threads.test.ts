import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { PAUSE, setUpWork } from '../support/work-runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);

const { write, run, outputs, pathOf } = setUpWork(runs, kept);

/** The first thread that is loaded goes on; the others do what this says. */
const unlessFirst = (others: string) => `
  import { mkdirSync } from 'node:fs';
  import { threadId } from 'node:worker_threads';
  let isFirst = true;
  try { mkdirSync(${pathOf('first')}); } catch { isFirst = false; }
  if (!isFirst) { ${others} }
  export default async () => { ${PAUSE} return threadId; };`;

describe('a module that takes several images at once', () => {
  it('has one thread for all of them', async () => {
    write(
      `import { threadId } from 'node:worker_threads';
      export const concurrency = 4;
      let now = 0, most = 0;
      export default async () => {
        most = Math.max(most, ++now); await new Promise((done) => setTimeout(done, 300)); now--;
        return [threadId, most];
      };`,
      6,
      3,
    );
    expect((await run()).code).toBe(0);
    const seen = outputs().flatMap((output) => (Array.isArray(output) ? [output] : []));
    expect(new Set(seen.map(([thread]) => thread)).size).toBe(1);
    expect(Math.max(...seen.map(([, most]) => Number(most)))).toBe(4);
  });

  it('has as many threads as the images at once take that are asked for', async () => {
    write(
      `import { threadId } from 'node:worker_threads';
      export const concurrency = 2;
      export default async () => { await new Promise((done) => setTimeout(done, 500)); return threadId; };`,
      4,
      2,
    );
    await run('--work-concurrency', '4');
    expect(new Set(outputs()).size).toBe(2);
  });

  it('loses those that are in a thread that ends, which --work-retries does again', async () => {
    write(
      `export const concurrency = 3;
      let images = 0;
      export default async (image, { log }) => {
        if (image.index === 0 && ++images === 3) process.exit(4);
        if (image.index === 0) await new Promise(() => {});
        return image.index;
      };`,
      3,
    );
    runs.workspace.write(
      'again.mjs',
      `
      import { appendFileSync, readFileSync } from 'node:fs';
      export const concurrency = 3;
      let images = 0;
      export default async (image) => {
        appendFileSync(${pathOf('calls')}, 'x');
        if (readFileSync(${pathOf('calls')}).length === 3) process.exit(4);
        if (++images < 3 && readFileSync(${pathOf('calls')}).length < 3) await new Promise(() => {});
        return image.index;
      };`,
    );
    expect((await run()).code).toBe(1);
    const failed = kept.readOutput().errors.map(({ error }) => error);
    expect(failed).toHaveLength(3);
    for (const error of failed) expect(error).toContain('ended its thread with exit code 4');
    const again = ['--work', 'again.mjs', '--work-retries', '1', '--retry-delay', '1ms'];
    const { code } = await kept.imgjob(['run', 'm.json', '-o', 'out.json', ...again]);
    expect(code).toBe(0);
    expect(outputs()).toEqual([0, 1, 0, 1, 0, 1]);
  });
});

describe('threads', () => {
  it('that can’t load the module are fewer, which is said once', async () => {
    write(unlessFirst("throw new Error('CUDA out of memory');"), 4, 3);
    const { code, stderr } = await run('--work-concurrency', '3');
    expect(code).toBe(0);
    expect(new Set(outputs()).size).toBe(1);
    const warnings = stderr.split('\n').filter((line) => line.includes('warning:'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/imgjob: warning: work: .* CUDA out of memory$/);
    const quiet = await run('--work-concurrency', '3', '-q', '--force');
    // Here no thread is the first.
    expect(quiet.code).toBe(2);
  });

  it('work as soon as one is ready, whatever the others take', async () => {
    write(unlessFirst('await new Promise((done) => setTimeout(done, 20_000));'), 4, 3);
    const begun = Date.now();
    const { code } = await run('--work-concurrency', '2');
    expect(code).toBe(0);
    expect(Date.now() - begun).toBeLessThan(20_000);
    expect(new Set(outputs()).size).toBe(1);
  });

  it('load together where that takes long, and say so', async () => {
    write(
      `await new Promise((done) => setTimeout(done, 2000));
      import { threadId } from 'node:worker_threads';
      export default async () => { await new Promise((done) => setTimeout(done, 500)); return [threadId, Date.now()]; };`,
      4,
      2,
    );
    const begun = Date.now();
    const { code, stderr } = await run('--work-concurrency', '4');
    expect(code).toBe(0);
    // One after another they would take eight seconds.
    expect(Date.now() - begun).toBeLessThan(8000);
    const seen = outputs().flatMap((output) => (Array.isArray(output) ? [output] : []));
    expect(new Set(seen.map(([thread]) => thread)).size).toBe(4);
    expect(stderr).toContain('imgjob: loading work …\n');
  });

  it('that still load are not waited for on Ctrl-C', async () => {
    write('await new Promise((done) => setTimeout(done, 60_000)); export default () => 1;');
    const begun = Date.now();
    const { code, stderr } = await kept.imgjob(
      ['run', 'm.json', '-o', 'out.json', '--work', 'work.mjs'],
      {
        onStart: (child) =>
          child.stderr?.on('data', (text) => {
            if (String(text).includes('loading work')) child.kill('SIGINT');
          }),
      },
    );
    expect(code).toBe(130);
    expect(stderr).toContain('stopped by SIGINT before anything was started');
    expect(Date.now() - begun).toBeLessThan(30_000);
  });
});
