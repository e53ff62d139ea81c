import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { makePng } from '../support/png.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { at } = runs;

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('--digest', () => {
  it('has the SHA-256 of each decoded body in the results, and of nothing else', async () => {
    const urls = [at('/png/4x3'), at('/gzip/x'), at('/status/404'), at('/png/1x1')];
    const path = runs.workspace.write('m.json', { stores: [{ store_id: 'S1', images: urls }] });
    await runs.run(['--digest', '-o', 'out.json', path]);
    const [image, coded, failed, skipped] = kept.readOutput().stores[0]?.images ?? [];
    expect(image).toMatchObject({ status: 'completed', sha256: hash(makePng(4, 3)) });
    expect(coded).toMatchObject({
      status: 'completed',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(failed).toMatchObject({ status: 'failed', sha256: null });
    expect(skipped).toMatchObject({ status: 'skipped', sha256: null });
  });

  it('is not worked out unless it was asked for', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest());
    await runs.run(['-o', 'out.json', path]);
    expect(kept.readOutput().stores[0]?.images).toMatchObject([{ sha256: null }, { sha256: null }]);
  });

  it('holds for a job that goes on after a kill, and for what it had before', async () => {
    await kept.interrupt('SIGKILL', ['--digest']);
    gate.isOpen = true;
    await kept.imgjob(['resume', 'spring-audit', '-o', 'out.json']);
    const digests = kept
      .readOutput()
      .stores.flatMap(({ images }) => images.map(({ sha256 }) => sha256));
    expect(digests).toHaveLength(6);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('lets diff see a picture that was replaced by one of the same size and format', async () => {
    const store = (hash: string) => ({
      store_id: 'S1',
      images: [at('/png/5x5')],
      hash,
    });
    const path = runs.workspace.write('m.json', { job_id: 'a', stores: [store('')] });
    await runs.run(['--digest', '-o', 'old.json', path]);
    const other = hash(Buffer.from('another picture'));
    const text = JSON.stringify(kept.readOutput('old.json'));
    runs.workspace.write('new.json', text.replace(/"sha256":"[0-9a-f]+"/, `"sha256":"${other}"`));
    const same = await kept.imgjob(['diff', 'old.json', 'old.json']);
    expect(same.stdout).not.toContain('another picture');
    const { stdout } = await kept.imgjob(['diff', 'old.json', 'new.json']);
    expect(stdout).toContain('5×5 png, another picture');
  });

  it('lets the page show pictures that came more than once, over stores', async () => {
    const stores = ['S1', 'S2'].map((store_id) => ({ store_id, images: [at('/png/7x7')] }));
    const path = runs.workspace.write('m.json', { stores });
    await runs.run(['--digest', '-o', 'out.json', '--report', 'page.html', path]);
    const { readFileSync } = await import('node:fs');
    const page = readFileSync(runs.workspace.path('page.html'), 'utf8');
    expect(page).toContain('Pictures that came more than once');
    expect(page).toContain(hash(makePng(7, 7)).slice(0, 12));
    await runs.run(['-o', 'out.json', '--report', 'page.html', path]);
    expect(readFileSync(runs.workspace.path('page.html'), 'utf8')).not.toContain('more than once');
  });
});

describe('what was written before there were these keys', () => {
  const withoutKeys = (text: string) =>
    text
      .replaceAll('"sha256":null,"file":null,', '')
      .replaceAll(/,"(?:digest|save)":(?:false|null)/g, '')
      .replaceAll(',"reused":0', '');

  it('a journal is read as if they held null', async () => {
    await kept.interrupt();
    const journal = kept.journal('spring-audit');
    expect(withoutKeys(journal)).not.toBe(journal);
    kept.writeJournal('spring-audit', withoutKeys(journal));
    gate.isOpen = true;
    const { code } = await kept.imgjob(['resume', 'spring-audit', '-o', 'out.json']);
    expect(code).toBe(0);
    const { stdout } = await kept.imgjob(['results', 'spring-audit']);
    for (const image of JSON.parse(stdout).stores[0].images) {
      expect(Object.keys(image).slice(-4)).toEqual(['output', 'sha256', 'file', 'error']);
    }
  });

  it('a results document is, too', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest('old'));
    await runs.run(['-o', 'new.json', path]);
    const { readFileSync } = await import('node:fs');
    const text = readFileSync(runs.workspace.path('new.json'), 'utf8');
    expect(withoutKeys(text)).not.toBe(text);
    runs.workspace.write('old.json', withoutKeys(text));
    const { code, stderr } = await kept.imgjob(['diff', '--json', 'old.json', 'new.json']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });
});
