import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);

/** A module, and so many stores of so many images. */
function write(module: string, stores = 3, images = 2): void {
  runs.workspace.write('work.mjs', module);
  runs.workspace.write('m.json', {
    job_id: 'spring-audit',
    stores: Array.from({ length: stores }, (_, index) => ({
      store_id: `S${index + 1}`,
      images: Array.from({ length: images }, (_, image) => runs.at(`/png/${image + 1}x1`)),
    })),
  });
}

const run = (...args: string[]) =>
  kept.imgjob(['run', 'm.json', '-o', 'out.json', '--work', 'work.mjs', ...args]);
const outputs = () =>
  kept.readOutput().stores.flatMap(({ images }) => images.map(({ output }) => output));
const pathOf = (name: string) => JSON.stringify(runs.workspace.path(name));
const linesOf = (name: string) =>
  readFileSync(runs.workspace.path(name), 'utf8').trimEnd().split('\n');

const PAUSE = 'await new Promise((done) => setTimeout(done, 50));';
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

describe('the end of a module', () => {
  const CHILD = `
    import { appendFileSync } from 'node:fs';
    import { spawn } from 'node:child_process';
    const child = spawn('sleep', ['300'], { stdio: 'ignore' });
    appendFileSync(${'$PIDS'}, child.pid + '\\n');`;
  const gathering = (close: string) => `${CHILD.replace('$PIDS', pathOf('pids'))}
    const held = [];
    const flush = () => { for (const url of held.splice(0)) appendFileSync(${pathOf('flushed')}, url + '\\n'); };
    export default async ({ url }) => { held.push(url); if (held.length === 8) flush(); };
    export async function close() { ${close} }`;
  const livingChildren = () =>
    linesOf('pids').filter((pid) => {
      try {
        return Number(pid) > 1 && process.kill(Number(pid), 0);
      } catch {
        return false;
      }
    });
  const endChildren = () => {
    for (const pid of livingChildren()) process.kill(Number(pid), 'SIGKILL');
  };

  it('is waited for: nothing is lost, and no child of its is left', async () => {
    write(gathering(`${PAUSE} flush(); child.kill();`), 5, 4);
    const { code, stderr } = await run();
    expect(code).toBe(0);
    expect(linesOf('flushed').toSorted()).toHaveLength(20);
    await expect.poll(livingChildren).toEqual([]);
    expect(stderr.match(/closing work …/g)).toHaveLength(1);
  });

  it('comes on Ctrl-C too, after the work that was stopped', async () => {
    write(
      `${gathering('flush(); child.kill();')}`.replace(
        'held.push(url);',
        'held.push(url); if (url.includes("/2x1")) await new Promise(() => {});',
      ),
      2,
      2,
    );
    const { code } = await kept.imgjob(
      ['run', 'm.json', '-o', 'out.json', '--work', 'work.mjs', '--progress', 'json'],
      {
        onStart: (child) => {
          let seen = '';
          child.stderr?.on('data', (text) => {
            const before = seen;
            seen += text;
            const isAt = (all: string) => (all.match(/"image_started"/g) ?? []).length >= 4;
            if (!isAt(before) && isAt(seen)) setTimeout(() => child.kill('SIGINT'), 500);
          });
        },
      },
    );
    expect(code).toBe(130);
    expect(linesOf('flushed')).toHaveLength(4);
    await expect.poll(livingChildren).toEqual([]);
  });

  it.each([
    [
      'takes too long',
      'await new Promise(() => {});',
      ['--work-grace', '300ms'],
      'not done within 0.3 s',
    ],
    ['throws', "throw new Error('disk full');", [], 'disk full'],
    ['blocks', 'for (;;);', ['--work-grace', '500ms'], 'not done within 0.5 s'],
    ['ends its thread', 'process.exit(9);', [], 'exit code 9'],
  ])('that %s is told, and fails the run', async (_, close, args, message) => {
    write(gathering(close), 1, 1);
    const { code, stderr } = await run(...args);
    expect(stderr).toContain(`work.mjs did not end well: `);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
    // What was to be done was done.
    expect(kept.readOutput().status).toBe('completed');
    endChildren();
  });

  it('comes to a thread whose work took too long as well', async () => {
    write(
      gathering('child.kill();').replace('held.push(url);', 'await new Promise(() => {});'),
      1,
      1,
    );
    expect((await run('--work-timeout', '200ms')).code).toBe(1);
    await expect.poll(livingChildren).toEqual([]);
  });
});

describe('what a module says', () => {
  it('to parentPort reaches nobody', async () => {
    write(`
      import { parentPort, workerData } from 'node:worker_threads';
      export default async ({ url }) => {
        for (const message of [null, { type: 'done', call: 1, outcomes: [] }, { type: 'closed', told: null }]) parentPort.postMessage(message);
        parentPort.on('message', () => {});
        ${PAUSE}
        parentPort.close();
        return [url, Object.keys(workerData).length];
      };`);
    expect((await run()).code).toBe(0);
    const urls = kept.readOutput().stores.flatMap(({ images }) => images.map(({ url }) => url));
    expect(outputs()).toEqual(urls.map((url) => [url, 0]));
  });

  it('is named with store and image, in order, and is an event', async () => {
    write(
      `
      console.log('loaded');
      export default async (image, { log }) => {
        process.stdout.write('half ');
        log('logged', { n: image.index });
        process.stdout.write('whole\\nand a rest');
        setTimeout(() => console.error('later'), 1);
        ${PAUSE}
      };`,
      1,
      2,
    );
    const { stderr, stdout } = await run();
    const lines = stderr.split('\n').filter((line) => line.includes('work: '));
    const of = (image: number) => [
      `S1 image ${image} work: logged { n: ${image - 1} }`,
      `S1 image ${image} work: half whole`,
      `S1 image ${image} work: later`,
      `S1 image ${image} work: and a rest`,
    ];
    expect(lines).toEqual(['work: loaded', ...of(1), ...of(2)]);
    expect(stdout).toBe('');
    const json = await run('--force', '--progress', 'json');
    const events = json.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const logs = events.filter(({ type }) => type === 'work_log');
    expect(logs).toHaveLength(9);
    expect(logs[0]).toMatchObject({
      job_id: 'spring-audit',
      store: null,
      image: null,
      text: 'loaded',
    });
    expect(logs[1]).toMatchObject({ store: 0, image: 0, text: 'logged { n: 0 }' });
    expect(kept.journal('spring-audit')).not.toContain('work_log');
    expect((await run('--force', '--progress', 'json', '-q')).stderr).not.toContain('work_log');
  });

  it('of a batch is named by its first image', async () => {
    write(
      `export const batch = { size: 3, wait_ms: 60_000 };
      export default async (images, { log }) => { log('seen'); return images; };`,
      3,
      1,
    );
    expect((await run()).stderr).toMatch(/^S\d image 1 and 2 more images work: seen$/m);
  });

  it('is bounded for each image, however much it prints', async () => {
    write(
      `export default async () => { for (let k = 0; k < 20; k++) process.stdout.write('\\n'.repeat(1e6)); };`,
      1,
      2,
    );
    const { code, stderr } = await run();
    expect(code).toBe(0);
    for (const image of [1, 2]) {
      const lines = stderr
        .split('\n')
        .filter((line) => line.startsWith(`S1 image ${image} work: `));
      expect(lines).toHaveLength(1001);
      expect(lines.at(-1)).toContain('… and more');
    }
  });
});

it('writes what a module returned beside the results, a line an image', async () => {
  write('export default ({ index }) => ({ embedding: new Float32Array([index, 0.5]) });', 2, 2);
  const { code, stderr } = await run('--work-output', 'outputs.ndjson');
  expect(code).toBe(0);
  expect(stderr).toContain('  outputs  outputs.ndjson');
  expect(outputs()).toEqual([null, null, null, null]);
  const lines = linesOf('outputs.ndjson').map((line) => JSON.parse(line));
  const at = (store: number, index: number) => ({
    ...{ job_id: 'spring-audit', store, store_id: `S${store + 1}`, index },
    ...{ url: runs.at(`/png/${index + 1}x1`), output: { embedding: [index, 0.5] } },
  });
  expect(lines).toEqual([at(0, 0), at(0, 1), at(1, 0), at(1, 1)]);
  // They are in the journal: a later command has them all.
  writeFileSync(runs.workspace.path('outputs.ndjson'), '');
  await kept.imgjob([
    'resume',
    'spring-audit',
    '-o',
    'out.json',
    '--work-output',
    'outputs.ndjson',
  ]);
  expect(linesOf('outputs.ndjson')).toHaveLength(4);
  await kept.imgjob(['resume', 'spring-audit', '-o', 'out.json']);
  expect(outputs()[1]).toEqual({ embedding: [1, 0.5] });
});
