import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { z } from 'zod';
import { BIN, type CliResult, createWorkspace, runProgram } from './cli.ts';

/** What GitHub needs of a workflow; `workflowProblems` knows it all. */
export const workflowSchema = z.object({
  on: z.record(z.string(), z.unknown()),
  jobs: z.record(
    z.string(),
    z.object({
      'runs-on': z.string(),
      env: z.record(z.string(), z.string()).default({}),
      steps: z
        .array(
          z.strictObject({
            name: z.string().optional(),
            if: z.string().optional(),
            run: z.string().optional(),
            uses: z.string().optional(),
            with: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
            'timeout-minutes': z.int().optional(),
          }),
        )
        .min(1),
    }),
  ),
});
export type Step = z.infer<typeof workflowSchema>['jobs'][string]['steps'][number];

/** The keywords of `.gitlab-ci.yml` that the recipe uses, as GitLab's reference has them. */
export const pipelineSchema = z.record(
  z.string(),
  z.strictObject({
    image: z.string(),
    variables: z.record(z.string(), z.string()),
    resource_group: z.string(),
    cache: z.array(
      z.strictObject({
        key: z.strictObject({
          files: z.array(z.string()).min(1).max(2),
          prefix: z.string().optional(),
        }),
        paths: z.array(z.string()),
        when: z.enum(['on_success', 'on_failure', 'always']).optional(),
      }),
    ),
    script: z.array(z.string()).min(1),
    after_script: z.array(z.string()),
    artifacts: z.strictObject({
      when: z.enum(['on_success', 'on_failure', 'always']),
      expire_in: z.string().regex(/^\d+ (?:days?|weeks?)$/),
      paths: z.array(z.string()),
      reports: z.strictObject({ junit: z.string() }),
    }),
  }),
);

/** A place where CI scripts run: `npx imgjob` is the program, and `npm ci` does nothing. */
export function createRunner() {
  const programs = createWorkspace();
  const program = (name: string, first: string, script: string) =>
    programs.write(
      name,
      `#!/bin/sh\n[ "$1" = ${first} ] || { echo "no ${name} $1 in tests" >&2; exit 127; }\n${script}\n`,
      0o755,
    );
  program('npx', 'imgjob', `shift\nexec "${process.execPath}" "${BIN}" "$@"`);
  program('npm', 'ci', 'echo "npm ci is left out in tests"');
  return {
    /** Runs a script as runners do: the first command that fails ends it. */
    bash: (script: string, cwd: string, env: Record<string, string>): Promise<CliResult> => {
      const PATH = `${programs.folder}${delimiter}${process.env.PATH}`;
      return runProgram('bash', ['-e', '-c', script], { cwd, env: { ...env, PATH } });
    },
    remove: () => programs.remove(),
  };
}

/** Whether a step runs: after a failed one only where its condition says so. */
export function stepRuns({ if: condition }: Step, failed: boolean, folder: string): boolean {
  if (condition === undefined) return !failed;
  if (condition === 'always()') return true;
  const [, file] =
    /^\$\{\{ !cancelled\(\) && hashFiles\('([^']+)'\) != '' \}\}$/.exec(condition) ?? [];
  if (file === undefined) throw new Error(`the tests don't know the condition ${condition}`);
  return existsSync(`${folder}/${file}`);
}
