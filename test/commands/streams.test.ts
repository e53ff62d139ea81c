import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { BIN, runShell } from '../support/cli.ts';
import { setUpRuns } from '../support/runs.ts';

/** Places that are streams: what others have open, FIFOs, sockets. None is replaced, none can't be left. */

const runs = setUpRuns();
const manifest = () => runs.workspace.write('m.json', runs.goodManifest());
const read = (name: string) => readFileSync(runs.workspace.path(name), 'utf8');
const shell = (script: string) =>
  runShell(`RUN() { imgjob run --sleep 0 --progress none "$@"; }\n${script}`, {
    cwd: runs.workspace.folder,
  });
const PROGRAM = `"${process.execPath}" "${BIN}"`;
const UNTIL_WAITING = 'until grep -q "waiting for a reader" err; do sleep 0.1; done';

describe('a file that a descriptor stands for', () => {
  it.each(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', '/dev/stderr', 'link'])(
    'keeps what was and comes there: %s',
    async (place) => {
      const { code } = await shell(
        `ln -s /dev/stdout link; { echo before; RUN -q -o ${place} ${manifest()}; echo after; } > log 2>&1`,
      );
      expect(code).toBe(0);
      expect(read('log')).toMatch(/^before\n\{\n {2}"schema_version": 1,[\s\S]*\n\}\nafter\n$/);
      expect(readdirSync(runs.workspace.folder).sort()).toEqual(['link', 'log', 'm.json']);
    },
  );

  it('is written to where its owner has left it', async () => {
    const { code } = await shell(
      `{ echo before >&3; RUN -o /dev/fd/3 ${manifest()}; echo after >&3; } 3> log`,
    );
    expect(code).toBe(0);
    expect(read('log')).toMatch(/^before\n\{[\s\S]*\}\nafter\n$/);
  });

  it('that is only open for reading is known before the first image', async () => {
    const before = runs.server.requests.length;
    const { code, stderr } = await shell(`RUN -o /dev/fd/3 ${manifest()} 3< /etc/hostname`);
    expect(code).toBe(3);
    expect(stderr).toContain("can't write to /dev/fd/3: it is not open for writing");
    expect(runs.server.requests).toHaveLength(before);
  });

  it.each([3, 5, 7, 12, 16, 99])(
    'that is not open is none of Node.js’s own: %d',
    async (number) => {
      const before = runs.server.requests.length;
      const { code, stderr } = await shell(`RUN -o /dev/fd/${number} ${manifest()} ${number}>&-`);
      expect(code).toBe(3);
      expect(stderr).toContain(`can't write to /dev/fd/${number}: it is not open\n`);
      expect(runs.server.requests).toHaveLength(before);
    },
  );

  it('of another process is appended to', async () => {
    const { code } = await shell(
      `sleep 60 >> log & other=$!; echo before >> log
       RUN -o /proc/$other/fd/1 ${manifest()}; code=$?; kill $other; exit $code`,
    );
    expect(code).toBe(0);
    expect(read('log')).toMatch(/^before\n\{[\s\S]*\}\n$/);
  });

  it('takes the documents of several manifests as standard output does', async () => {
    const other = runs.workspace.write('n.json', runs.goodManifest('other'));
    const { stdout } = await shell(`RUN -o /dev/stdout ${manifest()} ${other} | jq -r .job_id`);
    expect(stdout).toBe('good\nother\n');
  });
});

describe('a socket', () => {
  it('that Node.js gives a child as standard output gets the results', async () => {
    const args = [BIN, 'run', '--no-state', '--sleep', '0', '-q', '-o', '/dev/stdout', manifest()];
    const child = spawn(process.execPath, args);
    let stdout = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(JSON.parse(stdout).job_id).toBe('good');
  });

  it('of a path is no place for results', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(runs.workspace.path('s'), resolve));
    const { code, stderr } = await runs.run(['-o', 's', manifest()]);
    server.close();
    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining("can't write to s: it is a socket"),
    ]);
  });
});

describe('a FIFO', () => {
  it('waits for its reader, says so, and is not replaced', async () => {
    const { code, stdout } = await shell(
      `mkfifo p; RUN -o p ${manifest()} 2> err & run=$!
       ${UNTIL_WAITING}; cat p; wait $run`,
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).job_id).toBe('good');
    expect(read('err')).toContain('imgjob: waiting for a reader of p\n');
    expect(statSync(runs.workspace.path('p')).isFIFO()).toBe(true);
  });

  it.each(['-o p', '-o out.json --report p', '-o out.json --junit p'])(
    'that nobody reads is left at the first Ctrl-C: %s',
    async (places) => {
      const before = runs.server.requests.length;
      const { stdout } = await shell(
        `mkfifo p; ${PROGRAM} run --sleep 0 ${places} ${manifest()} 2> err & run=$!
         ${UNTIL_WAITING}; kill -INT $run; wait $run; echo "code $?"; ls -A; cat err`,
      );
      expect(stdout).toMatch(/^code 130\nerr\nm.json\np\n/);
      expect(stdout).toContain('stopped by SIGINT before anything was started');
      expect(runs.server.requests).toHaveLength(before);
    },
  );

  it('of certificates that nobody writes is left at the first Ctrl-C too', async () => {
    const { stdout } = await shell(
      `mkfifo p; ${PROGRAM} run --sleep 0 --cacert p -o out.json ${manifest()} 2> err & run=$!
       sleep 2; kill -INT $run; wait $run; echo "code $?"; cat err`,
    );
    expect(stdout).toMatch(/^code 130\n/);
    expect(stdout).toContain('stopped by SIGINT before anything was started');
  });

  it('for the summary of a step is not waited for', async () => {
    const { code, stderr } = await shell(
      `mkfifo p; GITHUB_STEP_SUMMARY=p RUN -q -o out.json ${manifest()}`,
    );
    expect(code).toBe(0);
    expect(stderr).toBe(
      "imgjob: warning: can't write to GITHUB_STEP_SUMMARY: no program reads it\n",
    );
  });
});

describe('what a shell puts in the place of a file', () => {
  it('>(…) gets a report, and <(…) is read for certificates', async () => {
    const { code } = await shell(
      `RUN -o out.json --summary >(cat > s.md) --cacert <(openssl req -x509 -newkey ec \\
         -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout /dev/null 2> /dev/null) ${manifest()}
       code=$?; until [ -s s.md ]; do sleep 0.05; done; exit $code`,
    );
    expect(code).toBe(0);
    expect(read('s.md')).toContain('<code>good</code> completed');
  });

  it('that has stopped reading does not hold the process past the second Ctrl-C', async () => {
    const stores = Array.from({ length: 1000 }, (_, index) => ({
      store_id: `S${index}`,
      images: ['x:'],
    }));
    const path = runs.workspace.write('m.json', { stores });
    const { stdout } = await shell(
      `${PROGRAM} run --sleep 0 --progress none -o out.json --junit >(exec sleep 30 > /dev/null 2>&1) ${path} 2> err & run=$!
       until [ -s out.json ]; do sleep 0.1; done; sleep 0.5
       kill -INT $run; sleep 1.3; kill -0 $run && echo writing
       kill -INT $run; wait $run; echo "code $?"`,
    );
    expect(stdout).toBe('writing\ncode 130\n');
  });
});
