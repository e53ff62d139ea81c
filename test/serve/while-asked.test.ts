import { setTimeout as delay } from 'node:timers/promises';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { whileAsked } from '../../src/serve/stream.ts';

it('long work is not cut off for the silence of its connection, and learns that its client has gone', async () => {
  const app = new Hono<{ Bindings: HttpBindings }>();
  let hasLearned = false;
  app.get('/', (c) => whileAsked(c, async () => c.text(await delay(300, 'done'))));
  app.get('/gone', (c) =>
    whileAsked(c, async (gone) => {
      await new Promise<void>((resolve) => void gone.addEventListener('abort', () => resolve()));
      hasLearned = true;
      return c.text('');
    }),
  );
  const server = createAdaptorServer(app);
  server.setTimeout(50);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}`;
  expect(await (await fetch(url)).text()).toBe('done');
  const leaving = fetch(`${url}/gone`, { signal: AbortSignal.timeout(200) });
  await expect(leaving).rejects.toThrow();
  await expect.poll(() => hasLearned).toBe(true);
  await new Promise((resolve) => void server.close(resolve));
});
