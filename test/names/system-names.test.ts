import { afterEach, describe, expect, it } from 'vitest';
import { createSystemNames } from '../../src/names/system-names.ts';

const never = new AbortController().signal;

describe('the names that the system knows', () => {
  const names = createSystemNames(process.env);
  afterEach(() => names.close());

  it('have the addresses that it says', async () => {
    expect(await names.ask('localhost', never)).toContain('127.0.0.1');
  });

  it('are many at a time', async () => {
    const all = await Promise.all(Array.from({ length: 200 }, () => names.ask('localhost', never)));
    expect(all.every((answer) => Array.isArray(answer))).toBe(true);
  });

  it('are none where it knows none', async () => {
    expect(await names.ask('no such name', never)).toEqual({ code: 'ENOTFOUND' });
  });

  it('are given up at once', async () => {
    const stop = new AbortController();
    const asked = names.ask('localhost', stop.signal);
    stop.abort();
    expect(await asked).toEqual({ code: 'ECANCELLED' });
  });

  it('are asked for again by another process where one was ended', async () => {
    const asked = names.ask('localhost', never);
    names.close();
    expect(await asked).toHaveProperty('code');
    expect(await names.ask('localhost', never)).toContain('127.0.0.1');
  });
});
