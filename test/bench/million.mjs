// A state folder with one interrupted job of a million images, as its run would have left it.

import { once } from 'node:events';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULTS } from '../../dist/options/defaults.js';

const STORES = 10_000;
const IMAGES = 100;
const AT_ONCE = 50;
const job_id = 'million';

const url = (store, image) =>
  `https://cdn.example/stores/${store}/photos/2026-03-01/image-${image}.jpg`;

/** Every result that such a job has, as an object. */
export function result(store, image, t) {
  return {
    ...{ url: url(store, image), status: 'completed', width: 640, height: 480 },
    ...{ perimeter: 2240, twice_perimeter: 4480, format: 'jpg', bytes: 40_321, attempts: 1 },
    ...{
      started_at: t,
      duration_ms: 439,
      download_ms: 38,
      work_ms: 400,
      output: null,
      sha256: null,
      file: null,
      error: null,
    },
  };
}

function* events() {
  let now = Date.UTC(2026, 2, 1);
  const event = (fields) => {
    now += 1;
    return { t: new Date(now).toISOString(), ...fields };
  };
  const counts = { stores: STORES, images: STORES * IMAGES };
  yield event({ type: 'job_started', job_id, schema_version: 1, ...counts, options: DEFAULTS });
  for (let first = 0; first < STORES; first += AT_ONCE) {
    const stores = Array.from({ length: AT_ONCE }, (_, index) => first + index);
    for (const store of stores) {
      yield event({ type: 'store_started', job_id, store, store_id: `S${store}` });
    }
    for (let image = 0; image < IMAGES; image += 1) {
      for (const store of stores) {
        const t = new Date(now).toISOString();
        yield event({
          type: 'image_finished',
          job_id,
          store,
          image,
          result: result(store, image, t),
        });
      }
    }
    for (const store of stores) {
      yield event({ type: 'store_finished', job_id, store, status: 'completed', error: null });
    }
  }
}

/** Writes it as one with an NDJSON manifest, or a JSON one. */
export async function writeMillion(state, form) {
  const folder = join(state, 'jobs', job_id);
  mkdirSync(folder, { recursive: true });
  const lines = Array.from({ length: STORES }, (_, store) => {
    const images = Array.from({ length: IMAGES }, (__, image) => url(store, image));
    return JSON.stringify({ store_id: `S${store}`, images });
  });
  const text = form === 'ndjson' ? lines.join('\n') : `{"stores":[${lines.join(',')}]}`;
  writeFileSync(join(folder, `manifest.${form}`), text);
  const journal = createWriteStream(join(folder, 'journal.ndjson'));
  for (const event of events()) {
    if (!journal.write(`${JSON.stringify(event)}\n`)) await once(journal, 'drain');
  }
  journal.end();
  await once(journal, 'finish');
}
