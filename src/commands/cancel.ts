import { readEntry } from '../client/job-answers.ts';
import { jobPath } from '../client/job-path.ts';
import { throwWithNear } from '../client/listed-jobs.ts';
import { createServerClient } from '../client/server-client.ts';
import { readToken } from '../client/token.ts';
import { EXIT } from '../errors.ts';
import { log } from '../terminal/log.ts';

export type CancelOptions = { server: string; token?: string };

/** `imgjob cancel <job_id…>`: stops jobs of a server; what has finished is kept. */
export async function cancel(ids: string[], { server, token }: CancelOptions): Promise<number> {
  const client = createServerClient({ url: server, token: await readToken(token) });
  for (const job_id of ids) {
    const path = jobPath(job_id, 'cancel');
    const { state } = await readEntry(
      await client.ask(path, { method: 'POST' }).catch(throwWithNear(client, job_id)),
    );
    log(`${job_id} is ${state}`);
  }
  return EXIT.ok;
}
