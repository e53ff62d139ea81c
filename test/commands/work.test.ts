import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { readOutput } = kept;

/** Stores of two good images each, and a module that does what `body` says of each image. */
function write(body: string, stores = 3): void {
  runs.workspace.write('work.mjs', `export default async (image, context) => {${body}};`);
  runs.workspace.write('m.json', {
    job_id: 'spring-audit',
    stores: Array.from({ length: stores }, (_, index) => ({
      store_id: `S${index + 1}`,
      images: [runs.at('/png/8x6'), runs.at('/png/4x2')],
    })),
  });
}

const run = (...args: string[]) =>
  kept.imgjob(['run', 'm.json', '-o', 'out.json', '--work', 'work.mjs', ...args]);

/** What became of the second image of the first store, and of the other stores. */
function outcome() {
  const [first, ...others] = readOutput().stores;
  expect(others.map(({ status }) => status)).toEqual(others.map(() => 'completed'));
  return first?.images[1];
}

const ON_ONE = "if (image.store_id === 'S1' && image.index === 1)";

describe('imgjob run --work', () => {
  it('does the work of a module on each image, and keeps what it returns', async () => {
    write(`
      const { bytes, url, ...rest } = image;
      const path = new URL(url).pathname;
      return { ...rest, path, isBuffer: Buffer.isBuffer(bytes), length: bytes.length, head: bytes.toString('latin1', 1, 4) };`);
    const { code, stdout } = await run();
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const image = outcome();
    expect(image).toMatchObject({ status: 'completed', width: 4, height: 2, perimeter: 12 });
    expect(image?.output).toEqual({
      ...{ store_id: 'S1', index: 1, width: 4, height: 2, format: 'png', path: '/png/4x2' },
      ...{ isBuffer: true, length: image?.bytes, head: 'PNG' },
    });
    expect(kept.journal('spring-audit')).toContain('"output":{"width":8,');
  });

  it('waits for no sleep', async () => {
    write('');
    await run('--sleep', '1h');
    expect(outcome()).toMatchObject({ status: 'completed', output: null });
  });

  it.each([
    ['throws', "throw new TypeError('no model')", 'no model'],
    ['throws what is no error', 'throw 7', '7'],
    ['hangs', 'await new Promise(() => {})', 'not done within 1.5 s'],
    ['blocks its event loop', 'for (;;);', 'not done within 1.5 s'],
    ['ends its thread', 'process.exit(5)', 'the module ended its thread with exit code 5'],
    ['throws nothing', 'throw null', 'threw null'],
    ['logs without end', "for (;;) context.log('x'.repeat(5000))", 'not done within 1.5 s'],
    [
      'leaves an error unhandled',
      "Promise.reject(new Error('later')); await new Promise(() => {})",
      'later',
    ],
    ['returns a map', 'return { seen: [new Map()] }', 'output.seen[0] is a Map'],
    ['returns NaN', 'return { score: NaN }', "output.score is NaN, which JSON can't hold"],
    ['returns too much', "return 'x'.repeat(1e6)", 'more than 1000000'],
    ['returns a cycle', 'const o = {}; o.o = o; return o', 'output.o is in itself'],
  ])(
    'fails the image alone when the module %s',
    // Other images have as little time as that one: where the machine is busy, too little.
    { retry: 2 },
    async (_, does, message) => {
      write(`${ON_ONE} { ${does}; } return image.index;`);
      const limit = message.startsWith('not done') ? '1500ms' : '1m';
      const { code } = await run('--work-timeout', limit, '--work-concurrency', '3');
      expect(code).toBe(1);
      expect(outcome()).toMatchObject({
        ...{ status: 'failed', width: 4, output: null },
        error: { code: 'work', message: expect.stringContaining(message), http_status: null },
      });
    },
  );

  it('tells the module when its time is over, and uses its thread again if it heard', {
    retry: 2,
  }, async () => {
    write(`
      globalThis.loaded ??= Math.random();
      ${ON_ONE} await new Promise((_, no) => context.signal.addEventListener('abort', no));
      return globalThis.loaded;`);
    await run('--work-timeout', '300ms', '--work-concurrency', '1');
    const outputs = readOutput().stores.flatMap(({ images }) => images.map(({ output }) => output));
    expect(new Set(outputs.filter((output) => output !== null)).size).toBe(1);
  });

  it('works on no more images at once than are allowed', async () => {
    write(
      'const begun = Date.now(); await new Promise((done) => setTimeout(done, 50)); return begun;',
      6,
    );
    await run('--work-concurrency', '2');
    const begun = readOutput().stores.flatMap(({ images }) =>
      images.map(({ output }) => Number(output)),
    );
    // Of three that follow one another two are at work, and the third begins after one of them.
    const times = begun.toSorted((a, b) => a - b);
    for (let index = 2; index < times.length; index += 1) {
      expect((times[index] ?? 0) - (times[index - 2] ?? 0)).toBeGreaterThanOrEqual(45);
    }
  });

  it('shows what the module logs and prints on standard error, as text that is safe there', async () => {
    write(`${ON_ONE} { console.log('printed \\u001b[31mred'); context.log('seen', { n: 1 }); }`);
    const { stderr, stdout } = await run();
    expect(stderr).toContain('work: printed [31mred\n');
    expect(stderr).toContain('work: seen { n: 1 }\n');
    expect(stdout).toBe('');
    expect((await run('--force', '--quiet')).stderr).not.toContain('work:');
  });

  it('charges no image with what another one left behind', async () => {
    write(`
      if (image.store_id === 'S1' && image.index === 0) setTimeout(() => { throw new Error('late'); }, 300);
      await new Promise((done) => setTimeout(done, 5));
      if (image.store_id !== 'S1') await new Promise((done) => setTimeout(done, 400));
      return globalThis.used ??= image.store_id;`);
    const { code } = await run('--work-concurrency', '1');
    expect(code).toBe(0);
    const outputs = readOutput().stores.flatMap(({ images }) => images.map(({ output }) => output));
    expect(new Set(outputs).size).toBeGreaterThan(1);
  });

  it('fails an image whose own promise is rejected unheard', async () => {
    write(`${ON_ONE} Promise.reject(new Error('unheard')); return 1;`);
    await run('--work-concurrency', '1');
    expect(outcome()?.error?.message).toContain('threw outside of its work: unheard');
  });

  it('uses a function in a CommonJS module that was an ES module once', async () => {
    write('');
    runs.workspace.write(
      'work.cjs',
      "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = () => 7;",
    );
    await kept.imgjob(['run', 'm.json', '-o', 'out.json', '--work', 'work.cjs']);
    expect(outcome()?.output).toBe(7);
  });

  it('never computes on resume what is in the journal', async () => {
    runs.workspace.write('work.mjs', 'export default () => process.pid;');
    await kept.interrupt('SIGKILL', ['--work', 'work.mjs']);
    gate.isOpen = true;
    const { code } = await kept.imgjob(['resume', 'spring-audit', '-o', 'out.json']);
    expect(code).toBe(0);
    const outputs = readOutput().stores.flatMap(({ images }) => images.map(({ output }) => output));
    expect(new Set(outputs.slice(0, 4)).size).toBe(1);
    expect(new Set(outputs.slice(4)).size).toBe(1);
    expect(outputs[4]).not.toBe(outputs[0]);
  });

  it.each([
    ['there is no such file', null, 'no such file'],
    ['it has no function', 'export const work = 1;', 'its default export is not a function'],
    ['it can’t be loaded', "import './missing.mjs';", 'Cannot find module'],
    ['it is no JavaScript', '\n\nexport default {{', '(line 3)'],
    ['it waits at its top for ever', 'await new Promise(() => {});', 'never comes'],
    [
      'it throws while it is loaded',
      "console.error('no model'); throw new Error('x')",
      'work: no model',
    ],
  ])('starts nothing when %s', async (_, text, message) => {
    write('');
    if (text !== null) runs.workspace.write('bad.mjs', text);
    const { code, stderr } = await kept.imgjob([
      'run',
      'm.json',
      '-o',
      'out.json',
      '--work',
      'bad.mjs',
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/can't use .*bad\.mjs for --work: /);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect(kept.requested()).toEqual([]);
  });

  it('ends at once when it is interrupted, whatever the module does', async () => {
    write('for (;;);');
    const begun = Date.now();
    const { code } = await kept.imgjob(
      ['run', 'm.json', '-o', 'out.json', '--work', 'work.mjs', '--progress', 'json'],
      {
        onStart: (child) =>
          child.stderr?.once('data', () => setTimeout(() => child.kill('SIGINT'), 500)),
      },
    );
    expect(code).toBe(130);
    expect(Date.now() - begun).toBeLessThan(15_000);
    expect(JSON.parse(readFileSync(runs.workspace.path('out.json'), 'utf8')).status).toBe(
      'ongoing',
    );
  });
});
