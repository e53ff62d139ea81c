// Images over TLS: imgjob beside the bare dispatch loop and curl.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificate } from './certificate.mjs';
import { at, BIN, inTurns, writeManifest } from './compare.mjs';
import { has, startServer } from './server.mjs';
import { row } from './table.mjs';

const CAP = '50';
const IMAGES = 100;

/** The rows of so many stores over TLS. */
export async function measureHttps(folder, { rounds, stores }) {
  const file = (name) => join(folder, name);
  const certificate = makeCertificate(file('https'), 'IP:127.0.0.1');
  const server = await startServer(folder, certificate);
  try {
    const url = (store, image) => `${server.address}/small/${store}/${image}.jpg`;
    const manifest = writeManifest(file('https.json'), stores, () => IMAGES, url);
    const commands = commandsOf(manifest, certificate.paths.cert, file);
    return rowsOf(await inTurns(commands, rounds), stores * IMAGES);
  } finally {
    server.stop();
  }
}

function commandsOf(manifest, ca, file) {
  const { stores } = JSON.parse(readFileSync(manifest, 'utf8'));
  const urls = stores.flatMap(({ images }) => images);
  writeFileSync(file('https.curl'), urls.map((url) => `url=${url}\noutput=/dev/null\n`).join(''));
  const curl = ['curl', '-s', '--parallel', '--parallel-max', CAP, '--cacert', ca];
  return {
    imgjob: [
      ...[process.execPath, BIN, 'run', '-c', CAP, '--sleep', '0', '--progress', 'none'],
      ...['--state-dir', file('state'), '--cacert', ca, '-o', file('https-out.json'), manifest],
    ],
    'dispatch loop': [process.execPath, at('dispatch-loop.mjs'), manifest, CAP, ca],
    ...(has('curl') ? { curl: [...curl, '-K', file('https.curl')] } : {}),
  };
}

function rowsOf({ imgjob, ...others }, images) {
  const what = `${images.toLocaleString('en')} images of 24 kB over TLS, cap ${CAP}, sleep 0`;
  const rate = ({ ms }) => `${Math.round((images * 1000) / ms).toLocaleString('en')} images/s`;
  const aims = { 'dispatch loop': 0.7, curl: 0.5 };
  return [
    row(what, 'imgjob', rate(imgjob)),
    ...Object.entries(others).map(([name, found]) =>
      row(what, `imgjob over ${name} (${rate(found)})`, found.ratio, aims[name], 'least'),
    ),
  ];
}
