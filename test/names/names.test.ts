import { describe, expect, it } from 'vitest';
import type { NameAnswer } from '../../src/names/name-servers.ts';
import { createNames } from '../../src/names/names.ts';

/** Names over sources that answer when the test says so, by a clock that it moves. */
function setUp() {
  const asked: { name: string; signal: AbortSignal; answer(given: NameAnswer): void }[] = [];
  const clock = { now: 0 };
  const sources = {
    ask: (name: string, signal: AbortSignal) =>
      new Promise<NameAnswer>((answer) => {
        asked.push({ name, signal, answer });
        signal.addEventListener('abort', () => answer({ code: 'ECANCELLED' }));
      }),
    close() {},
  };
  const names = createNames(sources, () => clock.now);
  /** Has a name looked up whose sources answer at once. */
  const found = async (name: string, given: NameAnswer) => {
    const finding = names.find(name, 1000);
    asked.at(-1)?.answer(given);
    return await finding;
  };
  return { names, asked, clock, found };
}

describe('a name that many want', () => {
  it('is asked for once', async () => {
    const { names, asked } = setUp();
    const all = Array.from({ length: 1000 }, () => names.find('a.example', 1000));
    asked[0]?.answer(['10.0.0.1']);
    expect(new Set(await Promise.all(all))).toEqual(new Set([{ addresses: ['10.0.0.1'] }]));
    expect(asked).toHaveLength(1);
  });

  it('is asked for again by who allows it less time', () => {
    const { names, asked } = setUp();
    for (const limit_ms of [1000, 1000, 500]) names.find('a.example', limit_ms);
    expect(asked).toHaveLength(2);
  });
});

describe('what was found', () => {
  const ways: [string, NameAnswer, object, number][] = [
    ['addresses', ['10.0.0.1'], { addresses: ['10.0.0.1'] }, 30_000],
    ['that it is not there', { code: 'ENOTFOUND' }, { reason: 'host-not-found' }, 5000],
    ['that it failed', { code: 'EAI_AGAIN' }, { reason: 'name-lookup-failed' }, 100],
  ];

  it.each(ways)('%s, is kept for a while', async (_what, given, found, kept_ms) => {
    const { names, asked, clock, found: find } = setUp();
    expect(await find('a.example', given)).toMatchObject(found);
    clock.now = kept_ms - 1;
    expect(names.find('a.example', 1000)).toMatchObject(found);
    clock.now = kept_ms;
    expect(names.find('a.example', 1000)).toBeInstanceOf(Promise);
    expect(asked).toHaveLength(2);
  });

  it('is at most eight addresses, and the one that answered comes first', async () => {
    const { names, found } = setUp();
    const addresses = Array.from({ length: 20 }, (_, index) => `10.0.0.${index}`);
    expect(await found('a.example', addresses)).toEqual({ addresses: addresses.slice(0, 8) });
    names.prefer('a.example', '10.0.0.2');
    const [first, second, third, ...rest] = addresses.slice(0, 8);
    expect(names.find('a.example', 1000)).toEqual({ addresses: [third, first, second, ...rest] });
  });

  it('is forgotten where there are too many: the oldest first', async () => {
    const { names, found } = setUp();
    for (let index = 0; index <= 10_000; index += 1) await found(`${index}`, ['10.0.0.1']);
    expect(names.find('1', 1000)).not.toBeInstanceOf(Promise);
    expect(names.find('0', 1000)).toBeInstanceOf(Promise);
  });
});

describe('a name whose server is silent', () => {
  it('is given up after its limit', async () => {
    const { names, asked } = setUp();
    expect(await names.find('a.example', 20)).toMatchObject({ reason: 'dns-timeout' });
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  it('is given up when nobody wants names any more', async () => {
    const { names, asked, found } = setUp();
    const finding = names.find('a.example', 60_000);
    names.rest();
    expect(await finding).toHaveProperty('reason');
    expect(await found('b.example', ['10.0.0.1'])).toEqual({ addresses: ['10.0.0.1'] });
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });
});
