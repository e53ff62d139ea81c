// npm run fuzz, second half: broken manifests through the reader and the command line.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validate } from './command-line.mjs';
import { createFindings, settings } from './findings.mjs';
import { HEAVY } from './heavy-manifests.mjs';
import { manifestInput } from './manifest-inputs.mjs';
import { runInputs } from './watched-worker.mjs';

const COMMAND_LINE_INPUTS = 40;

const { seed, inputs } = settings(20_000);
const findings = createFindings('manifests');
const folder = mkdtempSync(join(tmpdir(), 'imgjob-fuzz-'));

function keep(number, what) {
  const { name, bytes } = manifestInput(seed, number);
  findings.add(`${number}-${name}`, `manifest input ${number}: ${what}`, (path) =>
    writeFileSync(path, bytes),
  );
}

function onMessage(message) {
  if (message.kind === 'finding') keep(message.number, message.what);
  else console.log(`answers: ${JSON.stringify(message.counts)}`);
}

/** Some of the same inputs, spread over all, through the whole program. */
async function runCommandLine() {
  for (let turn = 0; turn < Math.min(COMMAND_LINE_INPUTS, inputs); turn += 1) {
    const number = Math.floor((turn * inputs) / COMMAND_LINE_INPUTS);
    const { name, bytes } = manifestInput(seed, number);
    const path = join(folder, name);
    writeFileSync(path, bytes);
    const { wrong } = await validate(path);
    if (wrong) keep(number, `imgjob validate ${wrong}`);
  }
}

/** The large ones, or those with ONLY in their name. */
async function runHeavy() {
  const wanted = Object.entries(HEAVY).filter(([name]) => name.includes(process.env.ONLY ?? ''));
  for (const [name, make] of wanted) {
    const path = join(folder, name);
    writeFileSync(path, make());
    const { seconds, megabytes, lines, last, wrong } = await validate(path);
    const took = `${seconds.toFixed(1).padStart(5)} s ${String(megabytes).padStart(5)} MB`;
    console.log(
      `  ${name.padEnd(34)} ${took} ${String(lines).padStart(8)} lines  ${last.slice(-60)}`,
    );
    if (wrong) findings.add(name, `${name} ${wrong}`, (to) => renameSync(path, to));
    else rmSync(path);
  }
  return wanted.length;
}

console.log(`fuzz manifests: ${inputs} inputs, SEED=${seed}`);
const began = performance.now();
await runInputs({
  file: './manifest-worker.mjs',
  seed,
  inputs,
  patience: 20_000,
  heapMegabytes: 512,
  onMessage,
  onLost: keep,
});
await runCommandLine();
const heavy = await runHeavy();
rmSync(folder, { recursive: true });

const seconds = Math.round((performance.now() - began) / 1000);
console.log(
  `manifests: ${inputs} inputs and ${heavy} heavy ones in ${seconds} s, ${findings.count()} findings`,
);
process.exitCode = findings.count() === 0 ? 0 : 1;
