import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { PAUSE, setUpWork } from '../support/work-runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);

const { write, run, outputs, linesOf } = setUpWork(runs, kept);

describe('what a module says', () => {
  it('over a port that is not the module’s ends its thread at the most', async () => {
    write(
      `export default ({ index }) => {
         for (const handle of process._getActiveHandles())
           for (const message of [null, 7, {}, { type: 'done', call: 99 }]) handle?.postMessage?.(message);
         return index;
       }`,
      2,
      2,
    );
    const { code } = await run();
    expect([0, 1]).toContain(code);
    expect(kept.readOutput().summary.images.total).toBe(4);
  });

  it('that JSON.stringify has been made to break costs its images alone', async () => {
    write(`JSON.stringify = () => '{{{'; export default () => 1;`, 2, 2);
    const { code } = await run();
    expect(code).toBe(1);
    expect(kept.readOutput().summary.images).toMatchObject({ total: 4, completed: 0 });
  });

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
