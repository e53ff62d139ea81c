import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  createRunner,
  pipelineSchema,
  type Step,
  stepRuns,
  workflowSchema,
} from '../support/ci.ts';
import { runCli } from '../support/cli.ts';
import { blocksUnder } from '../support/readme.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';
import { workflowProblems } from '../support/workflow-problems.ts';

const runs = setUpRuns();
const runner = createRunner();
afterAll(() => runner.remove());

const OUTPUTS = ['results.json', 'junit.xml', 'report.html'];
const missing = () => OUTPUTS.filter((name) => !existsSync(runs.workspace.path(name)));
const read = (name: string) => readFileSync(runs.workspace.path(name), 'utf8');

describe('the GitHub workflow of the page on CI', () => {
  const [block] = blocksUnder('GitHub Actions', 'yaml');
  const source = block?.code ?? '';
  const workflow = workflowSchema.parse(parse(source));
  const { images: job } = workflow.jobs;
  if (!job) throw new Error('the page shows a job of another name');
  const { env, steps } = job;
  const using = (action: string) => steps.find(({ uses }) => uses?.startsWith(`${action}@`));

  const environment = () => ({
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: runs.workspace.folder,
    GITHUB_STEP_SUMMARY: runs.workspace.path('step-summary.md'),
    IMGJOB_SLEEP: '0',
    ...Object.fromEntries(
      Object.entries(env).map(([name, value]) => [
        name,
        value.replace(/\$\{\{ github\.workspace \}\}/, runs.workspace.folder),
      ]),
    ),
  });

  /** Runs the job's scripts in the test's folder; answers those that ran, by name or first line. */
  async function runWorkflow() {
    const ran: { step: string; code: number | null; stdout: string; stderr: string }[] = [];
    for (const step of steps) {
      const failed = ran.some(({ code }) => code !== 0);
      if (step.run === undefined || !stepRuns(step, failed, runs.workspace.folder)) continue;
      const result = await runner.bash(step.run, runs.workspace.folder, environment());
      ran.push({ step: step.name ?? step.run, ...result });
    }
    return ran;
  }
  const codes = (ran: Awaited<ReturnType<typeof runWorkflow>>) =>
    Object.fromEntries(ran.map(({ step, code }) => [step, code]));

  it('is one to GitHub’s own parser, which finds what is wrong with another', async () => {
    expect(await workflowProblems(source)).toEqual([]);
    expect(await workflowProblems(source.replace('runs-on', 'runs-in'))).not.toEqual([]);
    expect(await workflowProblems(source.replace('github.run_id', 'gitlab.run_id'))).not.toEqual(
      [],
    );
  });

  it('starts by itself, and each step is a script or an action of a major version', () => {
    expect(Object.keys(workflow.on)).toEqual(['push', 'schedule', 'workflow_dispatch']);
    const isOne = ({ run, uses }: Step) => (run === undefined) !== (uses === undefined);
    expect(steps.filter((step) => !isOne(step))).toEqual([]);
    const actions = steps.flatMap(({ uses = [] }) => uses);
    expect(actions.filter((name) => !/^actions\/[\w/-]+@v\d+$/.test(name))).toEqual([]);
  });

  it('keeps the state and the outputs whatever happens', () => {
    const [restore, save] = [using('actions/cache/restore'), using('actions/cache/save')];
    expect(env.IMGJOB_STATE_DIR).toBe(`\${{ github.workspace }}/${save?.with?.path}`);
    expect(restore?.with).toEqual({
      ...save?.with,
      'restore-keys': expect.stringMatching(/-$/),
    });
    expect(save?.with?.key).toContain(restore?.with?.['restore-keys']);
    const upload = using('actions/upload-artifact');
    expect(String(upload?.with?.path).trim().split('\n')).toEqual(OUTPUTS);
    expect([save?.if, upload?.if]).toEqual(['always()', 'always()']);
  });

  it('runs, and writes its outputs and the page’s summary', async () => {
    runs.workspace.write('manifest.json', runs.goodManifest('spring-audit'));
    expect(codes(await runWorkflow())).toEqual({
      'npm ci': 0,
      'npx imgjob validate manifest.json': 0,
      'npx imgjob plan manifest.json': 0,
      'Run the job': 0,
      'Compare with the run before': 0,
    });
    expect(missing()).toEqual([]);
    expect(read('step-summary.md')).toContain('<code>spring-audit</code> completed');
    expect(existsSync(runs.workspace.path('.imgjob/jobs/spring-audit'))).toBe(true);
  });

  it('fails with a failed store, which is an annotation, and has its outputs all the same', async () => {
    runs.workspace.write('manifest.json', runs.mixedManifest());
    const ran = await runWorkflow();
    expect(codes(ran)).toMatchObject({ 'Run the job': 1, 'Compare with the run before': 0 });
    expect(ran.find(({ step }) => step === 'Run the job')?.stderr).toMatch(
      /^::error file=manifest\.json,line=1,col=\d+,title=S0002 failed::image 2 of 3 .*404/m,
    );
    expect(missing()).toEqual([]);
    expect(read('step-summary.md')).toContain('<code>http-status 404</code>');
  });

  it('stops at a manifest that is wrong, before anything is fetched', async () => {
    runs.workspace.write('manifest.json', { stores: [{ store_id: 'S1', images: ['ftp://a/b'] }] });
    const before = runs.server.requests.length;
    expect(codes(await runWorkflow())).toEqual({
      'npm ci': 0,
      'npx imgjob validate manifest.json': 2,
    });
    expect(runs.server.requests.length).toBe(before);
  });

  it('fails in the comparison when an image got worse', async () => {
    runs.workspace.write('manifest.json', runs.goodManifest('spring-audit'));
    await runWorkflow();
    const { stores } = runs.goodManifest();
    stores[0]?.images.push(runs.at('/status/404'));
    runs.workspace.write('manifest.json', { job_id: 'spring-audit', stores });
    const ran = await runWorkflow();
    expect(codes(ran)).toMatchObject({ 'Run the job': 1, 'Compare with the run before': 1 });
    expect(ran.at(-1)?.stdout).toContain('newly failing  1');
  });

  it('goes on where an earlier attempt was cancelled', async () => {
    gate.isOpen = false;
    const images = [runs.at('/png/11x11'), runs.at('/gate')];
    const stores = [{ store_id: 'S1', images }];
    runs.workspace.write('manifest.json', { job_id: 'spring-audit', stores });
    const asked = (path: string) => runs.server.requests.filter((request) => request.path === path);
    const cancelled = await runCli(['run', 'manifest.json', '-o', 'out.json'], {
      cwd: runs.workspace.folder,
      env: environment(),
      async onStart(child) {
        await expect.poll(() => asked('/gate').length).toBe(1);
        child.kill('SIGINT');
      },
    });
    expect(cancelled.code).toBe(130);
    gate.isOpen = true;
    expect(codes(await runWorkflow())).toMatchObject({ 'Run the job': 0 });
    expect(asked('/png/11x11')).toHaveLength(1);
    expect(JSON.parse(read('results.json')).summary.images).toMatchObject({ completed: 2 });
  });
});

describe('the GitLab pipeline of the page on CI', () => {
  const [block] = blocksUnder('GitLab', 'yaml');
  const pipeline = pipelineSchema.parse(parse(block?.code ?? ''));
  const { images: job } = pipeline;
  if (!job) throw new Error('the page shows a job of another name');

  /** The script in one shell, then the words after it in another, as GitLab runs them. */
  async function runPipeline() {
    const { folder } = runs.workspace;
    const variables = Object.entries(job?.variables ?? {}).map(([name, value]) => [
      name,
      value.replace('$CI_PROJECT_DIR', folder),
    ]);
    const env = { CI: 'true', IMGJOB_SLEEP: '0', ...Object.fromEntries(variables) };
    const run = (lines: string[]) =>
      runner.bash(['set -o pipefail', ...lines].join('\n'), folder, env);
    return { script: await run(job?.script ?? []), after: await run(job?.after_script ?? []) };
  }

  it('keeps the state and the outputs whatever happens, and shows JUnit’s', () => {
    expect(Object.keys(pipeline)).toEqual(['images']);
    const { artifacts, cache, variables } = job;
    expect([...artifacts.paths, artifacts.reports.junit].toSorted()).toEqual(OUTPUTS.toSorted());
    expect(artifacts.when).toBe('always');
    const state = cache.find(({ key }) => key.prefix === 'imgjob');
    expect(state).toMatchObject({ paths: ['.imgjob/'], when: 'always' });
    expect(variables.IMGJOB_STATE_DIR).toBe('$CI_PROJECT_DIR/.imgjob');
  });

  it('runs, and writes its outputs', async () => {
    runs.workspace.write('manifest.json', runs.goodManifest('spring-audit'));
    expect((await runPipeline()).script.code).toBe(0);
    expect(missing()).toEqual([]);
    expect(existsSync(runs.workspace.path('.imgjob/jobs/spring-audit'))).toBe(true);
  });

  it('fails with a failed store, has its outputs all the same, and compares with the run before', async () => {
    runs.workspace.write('manifest.json', runs.goodManifest('spring-audit'));
    await runPipeline();
    runs.workspace.write('manifest.json', runs.mixedManifest());
    const { script, after } = await runPipeline();
    expect(script.code).toBe(1);
    expect(missing()).toEqual([]);
    expect(read('junit.xml')).toContain('<failure type="http-status"');
    expect(after.stdout).toContain('newly failing  1');
  });
});
