import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** URLs of the images that a job's journal has a result of; without a URL that comes twice. */
export function finishedImages(state: string, job_id: string): Set<string> {
  const text = readFileSync(join(state, 'jobs', job_id, 'journal.ndjson'), 'utf8');
  const lines = text.split('\n').slice(0, -1);
  return new Set(
    lines.flatMap((line) => {
      const event = JSON.parse(line);
      return event.type === 'image_finished' ? [event.result.url] : [];
    }),
  );
}
