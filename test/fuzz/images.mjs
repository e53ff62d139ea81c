// npm run fuzz, first half: broken images through the measurer. SEED and INPUTS make it repeatable.
import { writeFileSync } from 'node:fs';
import { createFindings, settings } from './findings.mjs';
import { imageInput } from './image-inputs.mjs';
import { runInputs } from './watched-worker.mjs';

const { seed, inputs } = settings(400_000);
const findings = createFindings('images');
const slowest = {};
const outcomes = {};

function keep(number, what) {
  const { format, bytes, hint } = imageInput(seed, number);
  findings.add(`${number}.bin`, `image input ${number} (${format}, ${hint.url}): ${what}`, (path) =>
    writeFileSync(path, bytes),
  );
}

function onMessage(message) {
  if (message.kind === 'finding') return keep(message.number, message.what);
  for (const [format, time] of Object.entries(message.slowest)) {
    if (!slowest[format] || time.ms > slowest[format].ms) slowest[format] = time;
  }
  for (const [outcome, count] of Object.entries(message.outcomes)) {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  }
}

console.log(`fuzz images: ${inputs} inputs, SEED=${seed}`);
const began = performance.now();
await runInputs({
  file: './image-worker.mjs',
  seed,
  inputs,
  patience: 10_000,
  heapMegabytes: 256,
  onMessage,
  onLost: keep,
});

console.log(
  `answers: ${Object.entries(outcomes)
    .map((pair) => pair.join(' '))
    .join(', ')}`,
);
console.log('slowest input of each format:');
for (const [format, { ms, number, length }] of Object.entries(slowest).sort()) {
  console.log(
    `  ${format.padEnd(24)} ${ms.toFixed(1).padStart(7)} ms  (input ${number}, ${length} bytes)`,
  );
}
const seconds = Math.round((performance.now() - began) / 1000);
console.log(`images: ${inputs} inputs in ${seconds} s, ${findings.count()} findings`);
process.exitCode = findings.count() === 0 ? 0 : 1;
