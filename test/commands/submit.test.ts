import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { keptJobs, parseResults } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';
import { ask, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const serve = setUpServices(runs);

/** The program where it knows a server, and not the state folder of that. */
const imgjob = (url: string, args: string[], onStart?: Parameters<typeof runCli>[1]) =>
  runCli(args, {
    cwd: runs.workspace.folder,
    env: { IMGJOB_SERVER: url, IMGJOB_STATE_DIR: runs.workspace.path('elsewhere') },
    ...onStart,
  });

describe('submit', () => {
  it('prints the id of each job, which the server runs', async () => {
    const { url } = await serve();
    const first = runs.workspace.write('a.json', runs.goodManifest('first'));
    const { stores } = runs.goodManifest();
    const second = runs.workspace.write('b.ndjson', `${JSON.stringify(stores[0])}\n`);
    const { code, stdout, stderr } = await imgjob(url, ['submit', first, second]);
    expect([code, stderr]).toEqual([0, '']);
    const [id, other = ''] = stdout.trimEnd().split('\n');
    expect(id).toBe('first');
    await expect
      .poll(async () => (await ask(`${url}/api/v1/jobs/${other}`)).json.state)
      .toBe('completed');
  });

  it('waits for it as a run does, with results, a summary and the exit code', async () => {
    const { url } = await serve();
    const path = runs.workspace.write('m.json', runs.mixedManifest());
    const { code, stderr } = await imgjob(url, ['submit', '--wait', '-o', 'out.json', path]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^spring-audit {2}3 stores, 5 images, 50 at once\n/);
    expect(stderr).toMatch(
      /\nfailed {2}spring-audit {2}4 of 5 images in .*\n {2}stores {3}2 completed {3}1 failed\n/,
    );
    expect(stderr).toContain('1 × http-status 404');
    expect(stderr).toContain('results  out.json\n  explain  imgjob explain out.json\n');
    const written = readFileSync(runs.workspace.path('out.json'), 'utf8');
    expect(written).toBe((await ask(`${url}/api/v1/jobs/spring-audit/results`)).text);
    const allowed = ['submit', '--wait', '--allow-failures', '1', '--job-id', 'other', path];
    const second = await imgjob(url, allowed);
    expect([second.code, parseResults(second.stdout).job_id]).toEqual([0, 'other']);
  });

  it('asks for the options that were given, and says what the server refuses', async () => {
    const { url } = await serve();
    const path = runs.workspace.write('m.json', runs.goodManifest('asked'));
    const args = ['submit', '--retries', '7', '--keep-going', path];
    expect((await imgjob(url, args)).code).toBe(0);
    const [first = ''] = kept.journal('asked').split('\n');
    expect(JSON.parse(first).options).toMatchObject({ retries: 7, keep_going: true, sleep_ms: 0 });
    const refused = await imgjob(url, ['submit', '--timeout', '2h', path]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      'imgjob: the server answers 400: timeout_ms: expected at most 60000, which this server allows\n',
    ]);
  });

  it('sends nothing of manifests of which one is wrong', async () => {
    const { url } = await serve();
    const good = runs.workspace.write('a.json', runs.goodManifest());
    const bad = runs.workspace.write('b.json', '{"stores": 7}');
    const { code, stderr } = await imgjob(url, ['submit', good, bad]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('b.json:1:12  stores')]);
    expect((await ask(`${url}/api/v1/jobs`)).json.jobs).toEqual([]);
  });

  it('follows a job over a restart of the server', async () => {
    const first = await serve();
    const { port } = new URL(first.url);
    const path = runs.workspace.write('m.json', kept.hangingManifest());
    const waiting = imgjob(first.url, ['submit', '--wait', '-o', 'out.json', path]);
    const job = `${first.url}/api/v1/jobs/spring-audit`;
    await expect.poll(async () => (await ask(job)).json.summary?.images.completed).toBe(4);
    await first.end('SIGKILL');
    gate.isOpen = true;
    await serve(['--port', port]);
    const { code, stderr } = await waiting;
    expect([code, stderr]).toEqual([0, expect.stringContaining('completed  spring-audit')]);
  });

  it('lets the job go on when nobody waits for it any longer', async () => {
    const { url } = await serve();
    const path = runs.workspace.write('m.json', kept.hangingManifest());
    const { code, stderr } = await imgjob(url, ['submit', '--wait', '-o', 'out.json', path], {
      onStart: (child) =>
        child.stderr?.once('data', () => setTimeout(() => child.kill('SIGINT'), 300)),
    });
    expect([code, stderr]).toEqual([130, expect.stringContaining('the server goes on')]);
    expect((await ask(`${url}/api/v1/jobs/spring-audit`)).json.state).toBe('running');
  });

  it.each([
    ['http://127.0.0.1:1', 3, "can't ask the server http://127.0.0.1:1: "],
    ['127.0.0.1:1', 2, '--server: expected a URL like'],
    ['file:///x', 2, '--server: expected a URL like'],
  ])('says when there is no server at %s', async (url, code, why) => {
    const path = runs.workspace.write('m.json', runs.goodManifest());
    const answer = await imgjob(url, ['submit', path]);
    expect([answer.code, answer.stderr]).toEqual([code, expect.stringContaining(why)]);
  });

  it('says when what answers is another program', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest());
    const { code, stderr } = await imgjob(runs.at('/html'), ['submit', path]);
    expect([code, stderr]).toEqual([3, 'imgjob: the server there is not an imgjob server\n']);
  });
});

describe('status, results and cancel', () => {
  it('ask the server that is named', async () => {
    const { url, child } = await serve(['--token', 'correct-horse']);
    const token = ['--token', 'correct-horse'];
    const path = runs.workspace.write('m.json', runs.mixedManifest());
    expect((await imgjob(url, ['submit', path])).code).toBe(2);
    await imgjob(url, ['submit', '--wait', ...token, path]);
    await imgjob(url, [
      'submit',
      ...token,
      runs.workspace.write('h.json', kept.hangingManifest('busy')),
    ]);
    const list = await imgjob(url, ['status', ...token]);
    expect(list.stdout).toMatch(
      /^job +status .*\nbusy +running +2 +6 .*\nspring-audit +failed +3 +5 /,
    );
    const one = await imgjob(url, ['status', 'spring-audit', ...token]);
    expect(one.stdout).toMatch(
      /^failed {2}spring-audit {2}4 of 5 images in .*\n {2}stores {3}2 completed {3}1 failed\n/,
    );
    const json = JSON.parse(
      (await imgjob(url, ['status', 'spring-audit', '--json', ...token])).stdout,
    );
    expect(json).toMatchObject({ job_id: 'spring-audit', state: 'failed', runner: null });
    const listed = JSON.parse((await imgjob(url, ['status', '--json', ...token])).stdout);
    expect(listed[0]).toMatchObject({ job_id: 'busy', runner: { pid: child.pid } });
    const results = await imgjob(url, ['results', 'spring-audit', ...token]);
    expect(parseResults(results.stdout).status).toBe('failed');
    const cancelled = await imgjob(url, ['cancel', 'busy', ...token]);
    expect([cancelled.code, cancelled.stderr]).toEqual([0, 'imgjob: busy is cancelled\n']);
    const none = await imgjob(url, ['status', 'none', ...token]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('there is no job none')]);
    const near = await imgjob(url, ['cancel', 'spring-aud', ...token]);
    expect([near.code, near.stderr]).toEqual([
      2,
      'imgjob: the server answers 404: there is no job spring-aud\n  Did you mean spring-audit?\n',
    ]);
    const beside = await imgjob(url, ['status', '--state-dir', runs.workspace.state, '--json']);
    expect(JSON.parse(beside.stdout)).toHaveLength(2);
  });
});
