import type { ChildProcess } from 'node:child_process';
import type { TestServer } from './server.ts';

/** Does something to a program as soon as the server was asked for something more. */
export function whenAsked(server: TestServer, act: (child: ChildProcess) => void) {
  return (child: ChildProcess) => {
    const before = server.requests.length;
    const timer = setInterval(() => {
      if (server.requests.length === before) return;
      clearInterval(timer);
      // The answer of a small image has come by then: its work has begun.
      setTimeout(() => act(child), 300);
    }, 10);
    child.once('close', () => clearInterval(timer));
  };
}
