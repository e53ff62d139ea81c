import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Manifest } from '../manifest/manifest.ts';
import type { ReadInput } from '../manifest/read-all.ts';
import type { JobOptions } from '../options/job-options.ts';
import { readSubmitted } from './job-answers.ts';
import type { ServerClient } from './server-client.ts';

export type SendOptions = {
  /** In place of the manifest's own. */
  job_id: string | null;
  /** What is asked for besides what the server does by itself. */
  options: Partial<JobOptions>;
};

/** Hands a manifest to a server, as it was checked here; answers it under the id that it has there. */
export async function sendManifest(
  client: ServerClient,
  { manifest, text }: Pick<ReadInput, 'manifest' | 'text'>,
  { job_id, options }: SendOptions,
): Promise<{ manifest: Manifest; warnings: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'imgjob-'));
  try {
    const copy = join(folder, 'manifest');
    await text.copyTo(copy);
    const type = text.form === 'ndjson' ? 'application/x-ndjson' : 'application/json';
    const response = await client.ask(`/api/v1/jobs?${queryOf(job_id, options)}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: Readable.toWeb(createReadStream(copy)),
    });
    const answer = await readSubmitted(response);
    return { manifest: { ...manifest, job_id: answer.job_id }, warnings: answer.warnings };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function queryOf(job_id: string | null, options: Partial<JobOptions>): URLSearchParams {
  const query = new URLSearchParams(job_id === null ? {} : { job_id });
  for (const [name, value] of Object.entries(options)) query.append(name, String(value));
  return query;
}
