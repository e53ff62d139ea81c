import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRunner, readManifest } from '../../src/index.ts';
import { runNode } from '../support/cli.ts';
import { keptJobs } from '../support/kept.ts';
import { makePng } from '../support/png.ts';
import { FAST, setUpRunners } from '../support/runners.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate, openGate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);

const newRunner = setUpRunners(runs);

describe('jobs of one runner', () => {
  it('share its cap, kept or not, and whenever they are started', async () => {
    let [now, most] = [0, 0];
    const server = createServer(async (_, response) => {
      now += 1;
      most = Math.max(most, now);
      await delay(30);
      now -= 1;
      response.end(makePng(2, 2));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const manifestOf = (job_id: string) =>
      readManifest({
        job_id,
        stores: Array.from({ length: 8 }, (_, index) => ({ store_id: `S${index}`, images: [url] })),
      });
    const runner = newRunner({ concurrency: 3 });
    const jobs = [
      runner.start(await manifestOf('a'), FAST),
      runner.start(await manifestOf('b'), FAST),
      runner.start(await manifestOf('c'), { sleep_ms: 0 }),
    ];
    await delay(50);
    jobs.push(runner.start(await manifestOf('d'), { sleep_ms: 0, concurrency: 20 }));
    const results = await Promise.all(jobs.map((job) => job.results));
    expect(results.map(({ status }) => status)).toEqual(Array(4).fill('completed'));
    expect(most).toBe(3);
    server.close();
  });

  it('are one at a time of each id that is kept, in this process and in others', async () => {
    const runner = newRunner();
    const manifest = await readManifest(kept.hangingManifest());
    const first = runner.start(manifest, FAST);
    await expect(runner.start(manifest, FAST).results).rejects.toMatchObject({
      ...{ code: 'job-running', message: 'the job spring-audit is running' },
    });
    await expect(runner.resume('SPRING-AUDIT').results).rejects.toMatchObject({
      code: 'job-running',
    });
    await expect.poll(() => kept.has('spring-audit')).toBe(true);
    const path = runs.workspace.write('m.json', kept.hangingManifest());
    const { code, stderr } = await runs.run([path]);
    expect(code).toBe(3);
    expect(stderr).toContain(`pid ${process.pid}`);
    await expect(newRunner().resume('spring-audit').results).rejects.toMatchObject({
      code: 'job-running',
    });
    openGate();
    expect((await first.results).status).toBe('completed');
  });

  it('are stopped when it is closed, and go on in another', async () => {
    const runner = newRunner();
    const manifest = await readManifest(kept.hangingManifest());
    const job = runner.start(manifest, FAST);
    const types: string[] = [];
    const reading = (async () => {
      for await (const event of job) types.push(event.type);
    })();
    await expect.poll(() => types.filter((type) => type === 'image_finished').length).toBe(4);
    await runner.close();
    await reading;
    expect((await job.results).status).toBe('ongoing');
    expect(types).toContain('job_interrupted');
    expect(() => runner.start(manifest, FAST)).toThrow('this runner is closed');
    await runner.close();
    gate.isOpen = true;
    expect((await newRunner().resume('spring-audit').results).status).toBe('completed');
  });

  it('leave nothing that keeps the process', async () => {
    const { code, stdout } = await runProgram(
      `const job = runner.start(await readManifest(${JSON.stringify(runs.goodManifest())}), { keep: true, sleep_ms: 0 });`,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'completed [null,null]\n' });
  });

  it('go on with the module that did their work on the command line', async () => {
    runs.workspace.write('work.mjs', 'export default ({ width }) => width;');
    const path = runs.workspace.write('m.json', kept.hangingManifest());
    const act = kept.whenItHangs((child) => child.kill('SIGINT'));
    const args = ['--work', 'work.mjs', '--progress', 'json', '-o', 'out.json', path];
    expect((await runs.run(args, { onStart: act })).code).toBe(130);
    gate.isOpen = true;
    const { code, stdout } = await runProgram("const job = runner.resume('spring-audit');");
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'completed [1,2,3,4,4,5]\n' });
  });
});

/** Runs a program with the library as it is built, and prints the status and the outputs of its job. */
function runProgram(body: string) {
  const library = new URL('../../dist/index.js', import.meta.url).href;
  const program = `
    import { createRunner, readManifest } from ${JSON.stringify(library)};
    const runner = createRunner({ state_dir: ${JSON.stringify(runs.workspace.state)} });
    ${body}
    const { status, stores } = await job.results;
    const outputs = stores.flatMap(({ images }) => images.map(({ output }) => output));
    console.log(status, JSON.stringify(outputs));`;
  return runNode([runs.workspace.write('program.mjs', program)], { cwd: runs.workspace.folder });
}

describe('an option that can’t be', () => {
  it.each([
    [{ concurrency: 0 }, 'createRunner: concurrency: expected a whole number from 1 to 10000'],
    [{ state_dir: '' }, 'createRunner: state_dir: expected the path of a folder'],
    [{ state_dir: 7 }, 'createRunner: state_dir: expected the path of a folder'],
    [{ fsync: 1 }, 'createRunner: fsync: expected true or false'],
    [{ cap: 3 }, 'createRunner: cap: there is no such option'],
    [null, 'createRunner: expected an object of options'],
  ])('is refused by createRunner: %j', (options, message) => {
    expect(() => Reflect.apply(createRunner, null, [options])).toThrow(message);
  });

  it.each([
    [{ keep: 'yes' }, 'start: keep: expected true or false'],
    [{ resume: true }, 'start: resume and force are for a job that is kept'],
    [{ keep: true, concurency: 3 }, 'start: concurency: there is no such option'],
    [{ keep: true, work: 'work.mjs' }, 'start: work: expected a function'],
    [null, 'start: expected an object of options'],
  ])('is refused by start: %j', async (options, message) => {
    const runner = newRunner();
    const manifest = await readManifest(runs.goodManifest());
    expect(() => Reflect.apply(runner.start, runner, [manifest, options])).toThrow(message);
  });

  it('is refused by start and resume: no manifest, no id', () => {
    const runner = newRunner();
    expect(() => Reflect.apply(runner.start, runner, [{ stores: [] }])).toThrow('readManifest');
    expect(() => Reflect.apply(runner.resume, runner, [7])).toThrow('resume: expected a job id');
    expect(() => Reflect.apply(runner.resume, runner, ['a', { keep: true }])).toThrow(
      'resume: keep: there is no such option',
    );
  });
});
