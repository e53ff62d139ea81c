import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { BIN, runShell } from '../support/cli.ts';
import { parseResults } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

/** What is on a disk at a moment is what a power cut leaves: a copy of it, taken while a run goes on. */

const runs = setUpRuns();

/** A file system in a file; what is not synced reaches it a minute later. */
const MOUNT = 'mkfs.ext4 -qF disk && mkdir fs cut && mount -o loop,commit=60 disk fs';
const MAKE = 'dd if=/dev/zero of=disk bs=1M count=32 status=none';

function canMount(): boolean {
  const script = `cd "$(mktemp -d)" && ${MAKE} && ${MOUNT}; code=$?; umount fs; rm -r "$PWD"; exit $code`;
  return spawnSync('unshare', ['-m', 'bash', '-c', script], { stdio: 'ignore' }).status === 0;
}

const IMAGES = 100;

/**
 * Cuts a run's power when ten images are done, and goes on a minute later, as
 * long as a machine takes to start. What is read of the file in which a file
 * system lies is what has reached it.
 */
const CUT = `
  journal=fs/state/jobs/spring-audit/journal.ndjson
  $IMGJOB run --sleep 0 -q --state-dir fs/state -o out.json "$@" m.json & run=$!
  for _ in {1..500}; do
    [ "$(grep -c image_finished $journal 2> /dev/null)" -ge 10 ] 2> /dev/null && break; sleep 0.02
  done
  cp disk after && kill -KILL $run && { wait $run || true; } 2> /dev/null
  mount -o loop after cut
  find cut/state/locks -type f -exec touch -d "-1 minute" {} +
  grep -c image_finished cut/state/jobs/spring-audit/journal.ndjson
  $IMGJOB resume spring-audit -q --state-dir cut/state`;

describe.skipIf(!canMount())('a power cut (root, loop devices and ext4 only)', () => {
  it('with --fsync takes nothing that a resume needs', async () => {
    const urls = Array.from({ length: IMAGES }, (_, at) => runs.at(`/png/${at + 1}x1?ms=30`));
    runs.workspace.write('m.json', {
      job_id: 'spring-audit',
      stores: [{ store_id: 'S1', images: urls }],
    });
    const { stdout, stderr } = await runShell(
      `export IMGJOB='${process.execPath} ${BIN}'
       ${MAKE}; unshare -m bash -ec '${MOUNT}; ${CUT}' cut --fsync`,
      { cwd: runs.workspace.folder },
    );
    expect(stderr).not.toContain("can't");
    const [kept = '', ...document] = stdout.split('\n');
    expect(Number(kept)).toBeGreaterThanOrEqual(10);
    const results = parseResults(document.join('\n'));
    expect([results.status, results.summary.images.completed]).toEqual(['completed', IMAGES]);
    const fetched = runs.server.requests.length;
    expect(fetched).toBeLessThan(2 * IMAGES);
  });
});
