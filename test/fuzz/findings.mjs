import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Keeps what was found, each input in a file of a folder outside the repository. */
export function createFindings(name) {
  let folder;
  const found = [];
  return {
    count: () => found.length,
    /** `write` puts the input to a path; large ones are made only then. */
    add(label, what, write) {
      folder ??= mkdtempSync(join(tmpdir(), `imgjob-fuzz-${name}-`));
      const path = join(folder, label);
      write(path);
      writeFileSync(`${path}.txt`, `${what}\n`);
      found.push(what);
      console.log(`FOUND ${what}\n      ${path}`);
    },
  };
}

/** SEED and INPUTS from the environment. */
export function settings(inputs) {
  const seed = numberOf('SEED', Date.now() % 2 ** 31);
  return { seed, inputs: numberOf('INPUTS', inputs) };
}

function numberOf(name, otherwise) {
  const value = Number(process.env[name] ?? otherwise);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`${name} must be a whole number`);
}
