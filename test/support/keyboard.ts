import { spawn } from 'node:child_process';
import { ENVIRONMENT } from './cli.ts';

/** A program in a terminal of its own, at whose keyboard one waits for what appears. */
export function startInTerminal(command: string, env: Record<string, string>, cwd: string) {
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { ...ENVIRONMENT, TERM: 'dumb', ...env },
  });
  let seen = '';
  let look = () => {};
  child.stdout.setEncoding('utf8').on('data', (text) => {
    seen += text;
    look();
  });
  return {
    /** Types, and waits until a text has appeared since. Whoever calls bounds the wait. */
    type(keys: string, text: string): Promise<void> {
      seen = '';
      child.stdin.write(keys);
      return new Promise((resolve) => {
        look = () => {
          if (seen.includes(text)) resolve();
        };
      });
    },
    async end(): Promise<void> {
      child.stdin.end();
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
    },
  };
}
