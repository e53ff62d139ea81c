import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { ENVIRONMENT } from './cli.ts';

/** A machine of its own, as far as the network can tell. */
export type Machine = {
  address: string;
  /** Starts a program on it. */
  spawn(program: string, args: string[], env?: Record<string, string>): ChildProcess;
  /** Pulls its network cable, or puts it back. */
  link(state: 'up' | 'down'): void;
};

export type Machines = { hub: Machine; others: Machine[]; close(): Promise<void> };

/** A network of a hub and so many other machines: namespaces with a cable each (veth) to a bridge in the hub's. */
export async function startMachines(count: number): Promise<Machines> {
  const holders: ChildProcess[] = [];
  const children: ChildProcess[] = [];

  async function hold(): Promise<number> {
    const child = spawn('unshare', ['-n', 'sh', '-c', 'echo ready; exec sleep 600'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    holders.push(child);
    if (child.stdout) await once(child.stdout, 'data');
    if (child.pid === undefined) throw new Error('no namespace');
    return child.pid;
  }

  const on = (pid: number, ...args: string[]) =>
    execFileSync('nsenter', ['-t', `${pid}`, '-n', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });

  function machine(pid: number, address: string, cable: () => string): Machine {
    return {
      address,
      spawn(program, args, env = {}) {
        const child = spawn('nsenter', ['-t', `${pid}`, '-n', program, ...args], {
          env: { ...ENVIRONMENT, ...env },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        children.push(child);
        return child;
      },
      link: (state) => void on(hub, 'ip', 'link', 'set', cable(), state),
    };
  }

  const hub = await hold();
  on(hub, 'ip', 'link', 'set', 'lo', 'up');
  on(hub, 'ip', 'link', 'add', 'br0', 'type', 'bridge');
  on(hub, 'ip', 'addr', 'add', '10.9.0.1/24', 'dev', 'br0');
  on(hub, 'ip', 'link', 'set', 'br0', 'up');
  const others: Machine[] = [];
  for (let at = 0; at < count; at += 1) {
    const pid = await hold();
    const cable = `cable${at}`;
    on(hub, 'ip', 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${pid}`);
    on(hub, 'ip', 'link', 'set', cable, 'master', 'br0', 'up');
    const address = `10.9.0.${at + 2}`;
    on(pid, 'ip', 'link', 'set', 'lo', 'up');
    on(pid, 'ip', 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    on(pid, 'ip', 'link', 'set', 'eth0', 'up');
    others.push(machine(pid, address, () => cable));
  }
  return {
    hub: machine(hub, '10.9.0.1', () => 'br0'),
    others,
    async close() {
      for (const child of [...children, ...holders]) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const gone = once(child, 'close');
        child.kill('SIGKILL');
        await gone;
      }
    },
  };
}
