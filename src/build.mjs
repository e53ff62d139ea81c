import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Builds dist/: the library as modules with types, the command line in a few
 * files, what reports run in a browser, and the schemas as files. With
 * `--if-changed` only where dist/ is not of the sources as they are.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
/** Of the sources that dist/ was built from; no part of the package. */
const FINGERPRINT = 'fingerprint';

/** Builds beside dist/ and puts it there as a whole: others may build and run at the same time. */
async function build(fingerprint) {
  // Takes a while to load, and is not needed where nothing has changed.
  const { bundle } = await import('./bundle.mjs');
  const folder = mkdtempSync(join(ROOT, 'dist.'));
  chmodSync(folder, 0o755);
  try {
    tsc('-p', 'tsconfig.library.json', '--outDir', folder);
    tsc('-p', 'src/browser', '--outDir', join(folder, 'browser'));
    for (const name of ['page.css', 'report.css', 'service.css']) {
      copyFileSync(join(ROOT, 'src/browser', name), join(folder, 'browser', name));
    }
    await bundle(ROOT, join(folder, 'cli'));
    copyPages(join(ROOT, 'src/help'), join(folder, 'help'));
    mkdirSync(join(folder, 'schemas'));
    for (const name of ['manifest', 'results', 'event', 'results-line']) {
      const schema = execFileSync(process.execPath, [join(folder, 'cli/main.cjs'), 'schema', name]);
      writeFileSync(join(folder, `schemas/${name}.json`), schema);
    }
    writeFileSync(join(folder, FINGERPRINT), fingerprint);
    takePlace(folder, fingerprint);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What `imgjob help` prints. */
function copyPages(from, to) {
  mkdirSync(to);
  for (const name of readdirSync(from).filter((file) => file.endsWith('.md'))) {
    copyFileSync(join(from, name), join(to, name));
  }
}

function takePlace(folder, fingerprint) {
  const old = `${folder}.old`;
  try {
    renameSync(DIST, old);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  try {
    renameSync(folder, DIST);
  } catch (error) {
    // Another process has built the same in the meantime.
    if (builtFrom(DIST) !== fingerprint) throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

function builtFrom(dist) {
  try {
    return readFileSync(join(dist, FINGERPRINT), 'utf8');
  } catch {
    return null;
  }
}

function fingerprintOf() {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const others = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.library.json'];
  const hash = createHash('sha256');
  for (const path of [...sources.toSorted(), ...others.map((name) => join(ROOT, name))]) {
    hash.update(`${path}\n`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

function tsc(...options) {
  const program = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [program, ...options], { cwd: ROOT, stdio: 'inherit' });
}

const fingerprint = fingerprintOf();
const isChanged = builtFrom(DIST) !== fingerprint;
if (isChanged || !process.argv.includes('--if-changed')) await build(fingerprint);
