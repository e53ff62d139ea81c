import { describe, expect, it } from 'vitest';
import { eventSchema } from '../../src/results/events.ts';
import { runCli, runShell } from '../support/cli.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const { at, run, mixedManifest, goodManifest } = runs;

describe('progress off a terminal', () => {
  it('is a line at the start, one for a failed image, and the summary', async () => {
    const { stderr } = await run([runs.workspace.write('m.json', mixedManifest())]);
    const lines = stderr.split('\n');
    expect(lines[0]).toBe('spring-audit  3 stores, 5 images, 50 at once');
    expect(lines[1]).toBe(`S0002 failed: image 2 of 3 (${at('/status/404')}): 404 Not Found`);
    expect(lines[2]).toMatch(/^failed {2}spring-audit {2}4 of 5 images in \d+\.\d s \(/);
    expect(stderr).toContain('  stores   2 completed   1 failed\n');
    expect(stderr).toContain('  images   3 completed   1 failed   1 skipped\n');
    expect(stderr).toMatch(
      / {2}1 × http-status 404 from 127\.0\.0\.1:\d+ {3}S0002 image 2 of 3 {2}http:/,
    );
    expect(stderr).toContain('  results  standard output\n');
    expect(stderr).not.toContain('\u001b');
  });

  it('says once what the work is, where nobody has said how long it sleeps', async () => {
    const path = runs.workspace.write('m.json', { stores: [{ store_id: 'S1', images: [] }] });
    const note = 'imgjob: work is a sleep of 0.4 s: --sleep 0 is without, --work is your own\n';
    const saidBy = async (env: Record<string, string>, ...args: string[]) =>
      (await runCli(['run', ...args, path], { cwd: runs.workspace.folder, env })).stderr;
    expect((await saidBy({})).split(note)).toHaveLength(2);
    expect(await saidBy({ IMGJOB_SLEEP: '400ms' })).not.toContain('sleep');
    expect(await saidBy({}, '--quiet')).toBe('');
  });

  it('stays short however many stores fail', async () => {
    const stores = Array.from({ length: 500 }, (_, index) => ({
      store_id: `S${index}`,
      images: [at(`/status/${400 + (index % 90)}`)],
    }));
    const quick = ['--retries', '0', '--retry-max-delay', '1ms'];
    const { stderr } = await run([...quick, runs.workspace.write('m.json', { stores })]);
    const summary = stderr.slice(stderr.indexOf('\nfailed  ') + 1);
    expect(summary.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
    expect(stderr.split('\n').length).toBeLessThan(45);
  });

  it('json is the events and nothing else', async () => {
    const path = runs.workspace.write('m.json', { ...mixedManifest(), colour: 1 });
    const { stderr } = await run(['--progress', 'json', path]);
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => eventSchema.parse(JSON.parse(line)));
    expect(events.filter(({ type }) => type === 'image_finished')).toHaveLength(4);
    expect(events.at(0)?.type).toBe('job_started');
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['job_finished', 'results_delivered']);
  });

  it('json loses nothing when its reader is slow', async () => {
    const path = runs.workspace.write('m.json', goodManifest('good', 800));
    const { stdout } = await runShell(
      `imgjob run --sleep 0 --progress json -o out.json "${path}" 2>&1 | { sleep 1; cat; }`,
      { cwd: runs.workspace.folder },
    );
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.filter(({ type }) => type === 'image_finished')).toHaveLength(800);
  });

  it('none shows only the summary', async () => {
    const { stderr } = await run([
      '--progress',
      'none',
      runs.workspace.write('m.json', goodManifest()),
    ]);
    expect(stderr).toMatch(/^completed {2}good/);
  });
});
