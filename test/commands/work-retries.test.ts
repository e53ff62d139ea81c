import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventLineSchema } from '../../src/results/events.ts';
import { startBusyOnce } from '../support/inference.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
let endpoint: Awaited<ReturnType<typeof startBusyOnce>>;
beforeAll(async () => {
  endpoint = await startBusyOnce();
});
afterAll(() => endpoint.close());

const RETRYING = ['--work-retries', '1', '--retry-delay', '20ms'];

async function run(module: string, ...args: string[]) {
  runs.workspace.write('work.mjs', module);
  const images = [1, 2].map((image) => runs.at(`/png/${image}x1`));
  const stores = Array.from({ length: 5 }, (_, index) => ({ store_id: `S${index + 1}`, images }));
  runs.workspace.write('m.json', { job_id: 'spring-audit', stores });
  return kept.imgjob(['run', 'm.json', '-o', 'out.json', '--work', 'work.mjs', ...args]);
}

const asking = (more = '') => `export default async ({ url, store_id }) => {
  const response = await fetch('${endpoint.address}/' + encodeURIComponent(store_id + url) + '${more}');
  if (!response.ok) throw Object.assign(new Error('inference ' + response.status), { retryable: response.status === 503 });
  return response.json();
};`;

describe('--work-retries', () => {
  it('does work again whose endpoint is busy once, and downloads nothing again', async () => {
    const { code, stderr } = await run(asking(), ...RETRYING);
    expect(code).toBe(0);
    const images = kept.readOutput().stores.flatMap((store) => store.images);
    expect(images.map(({ output, attempts }) => [output, attempts])).toEqual(
      images.map(() => [{ tries: 2 }, 1]),
    );
    expect(kept.requested()).toHaveLength(10);
    expect(stderr).toContain('  retries  10\n');
    const lines = kept.journal('spring-audit').split('\n');
    const retried = lines.filter((line) => line.includes('"image_retrying"'));
    expect(retried).toHaveLength(10);
    for (const line of retried) {
      expect(eventLineSchema.parse(JSON.parse(line))).toMatchObject({
        ...{ step: 'work', attempt: 1, code: 'work', reason: 'threw', http_status: null },
      });
    }
  });

  it('is none unless it is said, and for an error that says that it will not pass', async () => {
    await run(asking('?plain'));
    expect(kept.readOutput().summary.stores.failed).toBe(5);
    await run(asking('?status=400'), ...RETRYING);
    expect(kept.readOutput().errors[0]?.error).toContain('inference 400');
    expect(kept.journal('spring-audit')).not.toContain('image_retrying');
  });

  it('does again what a batch failed with, and what ended its thread', async () => {
    await run(
      `import { existsSync, writeFileSync } from 'node:fs';
      export const batch = { size: 5, wait_ms: 500 };
      const once = (name) => !existsSync(name) && (writeFileSync(name, ''), true);
      export default async (images) => {
        if (once('threw')) throw new Error('busy');
        if (once('ended')) process.exit(3);
        return images.map(({ index }) => (once('blurred' + index) ? new Error('blurred') : index));
      };`,
      ...['--work-retries', '3', '--retry-delay', '20ms'],
    );
    const outputs = kept
      .readOutput()
      .stores.flatMap(({ images }) => images.map(({ output }) => output));
    expect(outputs).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
  });

  it('tells of attempts at the work in explain', async () => {
    const always = "export default () => { throw new Error('no GPU'); };";
    await run(always, ...RETRYING);
    const { stdout } = await kept.imgjob(['explain', 'spring-audit', 'S1']);
    expect(stdout).toMatch(/ {2}work 1 +\S+ {2}threw after \d+ ms, then waited \d+ ms/);
  });

  it('is kept for a resume', async () => {
    await run("export default () => { throw new Error('no GPU'); };", ...RETRYING);
    runs.workspace.write('work.mjs', asking('?resumed'));
    const { code } = await kept.imgjob([
      'resume',
      'spring-audit',
      '--retry-failed',
      '-o',
      'out.json',
    ]);
    expect(code).toBe(0);
  });
});
