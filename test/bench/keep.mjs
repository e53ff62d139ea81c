// What it costs to keep bodies as files, and their digests, beside other programs that keep files too.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BIN, inTurns, time, writeManifest } from './compare.mjs';
import { has, onCore } from './server.mjs';

const CAP = '50';
const IMAGES = 100;

/** The other programs on the same list, each file under a name of its own in `into`. */
function others(urls, folder, into) {
  const list = join(folder, 'keep.txt');
  const named = (index) => join(into, String(index));
  writeFileSync(list, urls.join('\n'));
  const curl = urls.map((url, index) => `url=${url}\noutput=${named(index)}\n`);
  writeFileSync(join(folder, 'keep.curl'), curl.join(''));
  writeFileSync(
    join(folder, 'keep.aria2'),
    urls.map((url, index) => `${url}\n  out=${index}`).join('\n'),
  );
  const aria2 = ['-q', '-j', CAP, '--allow-overwrite=true', '--file-allocation=none', '-d', into];
  const commands = {
    'curl --parallel -o': [
      ...['curl', '-s', '--parallel', '--parallel-max', CAP],
      ...['-K', join(folder, 'keep.curl')],
    ],
    'wget2 -i': ['wget2', '-q', '--max-threads', CAP, '-P', into, '-i', list],
    'aria2c -i': ['aria2c', ...aria2, '-i', join(folder, 'keep.aria2')],
  };
  return Object.entries(commands).filter(([, [program]]) => has(program));
}

/** Adds the rows; `into` is a folder that files are written into. */
export async function measureKeeping({ address, folder, into, rounds, stores }, add) {
  const url = (store, image) => `${address}/small/${store}/${image}.jpg`;
  const manifest = writeManifest(join(folder, 'keep.json'), stores, () => IMAGES, url);
  const urls = JSON.parse(readFileSync(manifest, 'utf8')).stores.flatMap((store) => store.images);
  const run = (...more) => [
    ...[process.execPath, BIN, 'run', '-c', CAP, '--sleep', '0', '--progress', 'none'],
    ...['--state-dir', join(folder, 'state'), ...more, '-o', join(folder, 'out.json'), manifest],
  ];
  const saved = join(into, 'saved');
  const found = await inTurns(
    { without: run(), digest: run('--digest'), save: run('--save', saved) },
    rounds,
  );
  const what = `${urls.length.toLocaleString('en')} images of 24 kB, cap ${CAP}, sleep 0`;
  const rate = (ms) => `${Math.round((urls.length * 1000) / ms).toLocaleString('en')} images/s`;
  const faster = (name) => 1 / found[name].ratio;
  add(what, `with --digest (${rate(found.digest.ms)}) over without`, faster('digest'));
  add(what, `with --save (${rate(found.save.ms)}) over without`, faster('save'), 0.6, 'least');
  rmSync(saved, { recursive: true, force: true });
  for (const [name, command] of others(urls, folder, into)) {
    const { ms, code } = await time(onCore(1, command));
    if (code === 0) add(what, `with --save over ${name} (${rate(ms)})`, ms / found.save.ms);
  }
}
