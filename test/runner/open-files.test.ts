import { describe, expect, it } from 'vitest';
import { limitConnections } from '../../src/runner/open-files.ts';
import { runShell } from '../support/cli.ts';
import { parseResults } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();

describe('the limit on open files', () => {
  it('is not even asked for where few stores run at once', () => {
    const limit = limitConnections(50, () => {
      throw new Error('asked');
    });
    expect(limit).toEqual({ max_connections: 128, warning: null });
  });

  it('bounds the connections, without a word where all fit', () => {
    expect(limitConnections(1000, () => 20_000)).toEqual({
      max_connections: 19_936,
      warning: null,
    });
    expect(limitConnections(1000, () => null)).toEqual({
      max_connections: Number.POSITIVE_INFINITY,
      warning: null,
    });
  });

  it('lowers them where they do not fit, and says how to raise it', () => {
    const { max_connections, warning } = limitConnections(10_000, () => 1024);
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
    expect(stderr).toContain('at most 136 connections are open at once');
    expect(code).toBe(0);
    expect(parseResults(stdout).summary.images).toMatchObject({ total: 800, completed: 800 });
  });
});
