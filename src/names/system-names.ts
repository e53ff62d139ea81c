import { type ChildProcess, spawn } from 'node:child_process';
import { onAbort } from '../abort.ts';
import type { NameAnswer } from './name-servers.ts';

export type SystemNames = {
  /** Answers `ECANCELLED` as soon as the signal is aborted. */
  ask(name: string, signal: AbortSignal): Promise<NameAnswer>;
  /** Leaves nothing behind; what is asked for later begins anew. */
  close(): void;
};

/**
 * What the process runs that asks the system: text, so that there is no file
 * to be found wherever this code has been bundled to. It goes at once when its
 * parent has gone, whatever its threads wait for, and leaves the signals of a
 * terminal to its parent.
 */
const PROGRAM = `
const { ADDRCONFIG, lookup } = require('node:dns');
process.on('message', ({ id, name }) => {
  lookup(name, { all: true, hints: ADDRCONFIG }, (error, found = []) => {
    const addresses = found.map(({ address }) => address);
    process.send({ id, answer: error ? { code: String(error.code) } : addresses });
  });
});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
`;
/** Node.js gives half of its threads to look-ups. */
const THREADS = '128';
const UNANSWERED: NameAnswer = { code: 'EAI_SYSTEM' };

type Answered = { id: number; answer: NameAnswer };

/**
 * The system's own look-up (getaddrinfo), which knows every source of names
 * there is. It blocks a thread, can't be ended, and keeps a process from
 * leaving: hence it runs in a process of its own, which can be killed.
 */
export function createSystemNames(given: Record<string, string | undefined>): SystemNames {
  const waiting = new Map<number, (answer: NameAnswer) => void>();
  let child: ChildProcess | null = null;
  let asked = 0;

  function start(): ChildProcess {
    const env = { ...given, UV_THREADPOOL_SIZE: THREADS, NODE_OPTIONS: '' };
    const started = spawn(process.execPath, ['-e', PROGRAM], {
      ...{ env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], windowsHide: true },
    });
    const end = () => {
      if (child === started) forget();
    };
    started.on('message', ({ id, answer }: Answered) => waiting.get(id)?.(answer));
    started.on('error', end);
    started.on('exit', end);
    // Whoever waits has a limit of its own; this must not keep the process.
    started.unref();
    started.channel?.unref();
    return started;
  }

  /** Whoever waits for the process waits no longer; the next begins another. */
  function forget(): void {
    child = null;
    for (const answer of waiting.values()) answer(UNANSWERED);
  }

  function ask(name: string, signal: AbortSignal): Promise<NameAnswer> {
    return new Promise((resolve) => {
      asked += 1;
      const id = asked;
      const settle = (answer: NameAnswer) => {
        waiting.delete(id);
        takeBack();
        resolve(answer);
      };
      waiting.set(id, settle);
      const takeBack = onAbort(signal, () => settle({ code: 'ECANCELLED' }));
      try {
        child ??= start();
        child.send({ id, name }, (error) => {
          if (error) settle(UNANSWERED);
        });
      } catch {
        // The system has no room for another process.
        settle(UNANSWERED);
      }
    });
  }

  return {
    ask,
    close() {
      child?.kill('SIGKILL');
      forget();
    },
  };
}
