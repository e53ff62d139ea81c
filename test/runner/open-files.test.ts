import { describe, expect, it } from 'vitest';
import { limitConnections } from '../../src/runner/open-files.ts';
import { runShell } from '../support/cli.ts';
import { parseResults } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();

describe('the limit on open files', () => {
  const limitOf = (stores: number, allowed: number | null, more = {}) =>
    limitConnections({ stores, jobs: 0, threads: 0, ...more }, () => allowed);

  it('leaves a quarter to connections where few are allowed', () => {
    expect(limitOf(60, 48).max_connections).toBe(12);
    expect(limitOf(60, 128).max_connections).toBe(64);
    expect(limitOf(60, 4).max_connections).toBe(1);
  });

  it('leaves to journals, manifests and threads what they take', () => {
    expect(limitOf(1000, 1024, { jobs: 10, threads: 5 }).max_connections).toBe(920);
  });

  it('bounds the connections, without a word where all fit', () => {
    expect(limitOf(1000, 20_000)).toEqual({
      max_connections: 19_936,
      warning: null,
    });
    expect(limitOf(1000, null)).toEqual({
      max_connections: Number.POSITIVE_INFINITY,
      warning: null,
    });
  });

  it('lowers them where they do not fit, and says how to raise it', () => {
    const { max_connections, warning } = limitOf(10_000, 1024);
    expect(max_connections).toBe(960);
    expect(warning).toContain(
      '10,000 stores at once need 10,064 open files, and 1,024 are allowed',
    );
    expect(warning).toContain('at most 960 connections');
    expect(warning).toContain('ulimit -n 10064');
  });

  it('too low for the stores of a run costs no image', async () => {
    const stores = Array.from({ length: 400 }, (_, store) => ({
      store_id: `S${store}`,
      images: [runs.at(`/png/3x2?ms=20&store=${store}`), runs.at('/png/1x1')],
    }));
    const manifest = runs.workspace.write('m.json', { job_id: 'many', stores });
    const script = `ulimit -n 200; imgjob run -c 400 --sleep 1ms --retries 0 ${manifest}`;
    const { code, stdout, stderr } = await runShell(script, { cwd: runs.workspace.folder });
    expect(stderr).toContain('at most 134 connections are open at once');
    expect(code).toBe(0);
    expect(parseResults(stdout).summary.images).toMatchObject({ total: 800, completed: 800 });
  });

  it.each([
    [48, ''],
    [64, ''],
    [96, '--work ./work.mjs --work-concurrency 8'],
    [128, '-o out.json --report out.html'],
  ])('of %d costs no image %s', async (allowed, more) => {
    runs.workspace.write('work.mjs', 'export default ({ bytes }) => bytes.length;');
    const stores = Array.from({ length: 150 }, (_, store) => ({
      store_id: `S${store}`,
      images: [runs.at(`/png/3x2?ms=200&store=${store}`)],
    }));
    const manifest = runs.workspace.write('m.json', { job_id: 'many', stores });
    const script = `ulimit -n ${allowed}; imgjob run -c 150 --sleep 1ms --retries 0 ${more} ${manifest}`;
    const { code, stderr } = await runShell(script, { cwd: runs.workspace.folder });
    expect([code, stderr]).toEqual([0, expect.stringContaining('connections are open at once')]);
  });
});
