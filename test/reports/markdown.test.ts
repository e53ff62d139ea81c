import { describe, expect, it } from 'vitest';
import { markdownOf, markdownText } from '../../src/reports/markdown.ts';
import type { JobEvent } from '../../src/results/events.ts';
import { createReducer } from '../../src/results/reducer.ts';
import type { ImageError } from '../../src/results/results-schema.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { collect } from '../support/collect.ts';
import { createManifest, OPTIONS } from '../support/effects.ts';
import { everyOutcome, HOSTILE_ID, jobAfter } from '../support/every-outcome.ts';
import { finished, RECORDED_STORES, recordedEvents } from '../support/recorded.ts';
import { rendered } from '../support/rendered.ts';

function reducerOf(stores: string[][], events: JobEvent[], job_id = 'spring-audit') {
  const reducer = createReducer(createManifest(stores, job_id), createMemoryResults());
  for (const event of events) reducer.apply(event);
  return reducer;
}

/** A job of stores with one image each, which failed so. */
function failedJob(failures: { store_id: string; url: string; error: ImageError }[]) {
  const t = '2026-03-01T09:30:00.000Z';
  const job_id = 'spring-audit';
  const images = failures.length;
  const started = { t, type: 'job_started' as const, job_id, schema_version: 1 as const };
  return reducerOf(
    failures.map(({ url }) => [url]),
    [
      { ...started, stores: images, images, options: OPTIONS },
      ...failures.flatMap(({ store_id, url, error }, store): JobEvent[] => {
        const { result, ...event } = imageFinished(store, error);
        return [
          { t, type: 'store_started', job_id, store, store_id },
          { ...event, result: { ...result, url } },
        ];
      }),
    ],
  );
}

function imageFinished(store: number, error: ImageError) {
  const event = finished(store, 0, error);
  if (event.type !== 'image_finished') throw new TypeError('an image has finished');
  return event;
}

const failureOf = (message: string, host = 'cdn.example'): ImageError => ({
  ...{ code: 'connect', message, http_status: null, host },
});

const ELEMENTS = new Set('h3 p code wbr br table thead tbody tr th td'.split(' '));

const SLOWEST = { store_id: 'S2', images: 2, duration_ms: 1850 };

describe('the Markdown of a job', () => {
  it('says how it ended, in two tables', () => {
    expect(markdownOf(reducerOf(RECORDED_STORES, recordedEvents()), SLOWEST)).toBe(`\
### ❌ <code>spring-audit</code> failed

4 of 5 images in 2.0 s, 300 B, 4 attempts

| | total | completed | failed | skipped | pending |
| --- | ---: | ---: | ---: | ---: | ---: |
| stores | 3 | 2 | 1 | 0 | 0 |
| images | 5 | 3 | 1 | 1 | 0 |

Slowest store: <code>S2</code>, 1.9 s for 2 images

| failed | cause | host | for example |
| ---: | --- | --- | --- |
| 1 | <code>http-status 404</code> | <code>img.example</code> | <code>S2</code> image 2 of 3: <code>http&#58;<wbr>//img.example/b/404.png&#63;&#8230;</code><br><code>404 Not Found</code> |
`);
  });

  it('of one that completed has no failures', () => {
    const events = recordedEvents().filter(({ type }) => type !== 'job_finished');
    const good = events.filter((event) => !('store' in event) || event.store !== 1);
    const { html, tables } = rendered(markdownOf(reducerOf([['a'], [], ['c']], good), null));
    expect(tables).toHaveLength(1);
    expect(html).not.toContain('for example');
  });

  it('says whether the failures are allowed, as the remarks have it', () => {
    const reducer = reducerOf(RECORDED_STORES, recordedEvents());
    const { prose } = rendered(markdownOf(reducer, null, ['Failures allowed: yes, <b>by</b> it']));
    expect(prose).toContain('Failures allowed: yes, <b>by</b> it');
  });

  it('is the same in a file', async () => {
    const { reducer } = jobAfter(everyOutcome());
    expect((await collect(markdownText(reducer, null))).join('')).toBe(markdownOf(reducer, null));
  });
});

describe('rendered as on GitHub, a job with every outcome', () => {
  const { reducer } = jobAfter(everyOutcome());
  const page = rendered(markdownOf(reducer, null));

  it('is called interrupted, and its counts are those of the results', () => {
    expect(page.text).toMatch(/^⏸️ every-outcome interrupted\n28 of 33 images in /);
    expect(page.tables[0]).toEqual([
      ['', 'total', 'completed', 'failed', 'skipped', 'pending'],
      ['stores', '28', '3', '22', '1', '2'],
      ['images', '33', '5', '23', '3', '2'],
    ]);
  });

  it('has a row for each cause, the most frequent first, each of four cells', () => {
    const [head, first, ...others] = page.tables[1] ?? [];
    expect(head).toEqual(['failed', 'cause', 'host', 'for example']);
    expect(first?.slice(0, 3)).toEqual(['3', 'http-status 404', 'cdn.example']);
    expect(first?.[3]?.split('\n').slice(0, 4)).toEqual([
      'S-bad image 2 of 4: https://cdn.example/b/404.png?…',
      'the sentence of http-status',
      'S-bad image 3 of 4: https://cdn.example/b/3.jpg',
      'the sentence of http-status',
    ]);
    expect(others).toHaveLength(20);
    expect(new Set(page.tables[1]?.map((row) => row.length))).toEqual(new Set([4]));
  });

  it('shows hostile text as it is, and makes nothing of it', () => {
    const row = page.tables[1]?.find(([, cause]) => cause === 'http-status 500');
    const shown = HOSTILE_ID.replace('\u0007\u001b', '').replace('\u202e', '').toWellFormed();
    expect(row?.[3]?.split('\n')).toEqual([
      `${shown} image 1 of 2: http://evil.example/<img src=x onerror=alert(2)>/]]>/a'b"c|d\`e.png?…`,
      '500 </script><script>alert(3)</script>]]>[2J--><!--\ufffe|`',
    ]);
    expect(page.elements).toEqual(ELEMENTS);
    expect(page.attributes).toEqual(new Set(['align="right"']));
  });

  it('tells no secrets of URLs', () => {
    expect(page.html).not.toMatch(/secret|token|#f/);
  });
});

describe('foreign text', () => {
  it.each([
    '# heading',
    '[link](https://evil.example)',
    '![image](https://evil.example/x.png)',
    '<https://evil.example>',
    'https://evil.example/ and http://evil.example',
    'www.evil.example or WWW.evil.example',
    'a@evil.example mailto:a@evil.example',
    '@octocat octo/repo#1 #2',
    '**bold** _italic_ ~~gone~~ `code`',
    '| a | b |\n| --- | --- |',
    '\\| \\` \\\\|',
    '</code><img src=x> &lt;b&gt; &#60;b&#62; &copy;',
    '<!-- --> <![CDATA[ <?x ?>',
    '[^1] [x]: y',
    '$\\sqrt{3}$ ::: :smile:',
  ])('%j is shown literally, in ids, URLs, hosts and messages', (text) => {
    const shown = text.replaceAll('\n', '');
    const reducer = failedJob([{ store_id: text, url: text, error: failureOf(text, text) }]);
    const { tables, elements, attributes, prose } = rendered(markdownOf(reducer, null));
    const [, row = []] = tables[1] ?? [];
    expect(row).toHaveLength(4);
    expect(row[2]).toBe(shown);
    const [first = '', message] = row[3]?.split('\n') ?? [];
    expect(first.startsWith(`${shown} image 1 of 1: `)).toBe(true);
    expect(message).toBe(shown);
    expect([...elements].filter((name) => !ELEMENTS.has(name))).toEqual([]);
    expect(attributes).toEqual(new Set(['align="right"']));
    // GitHub makes mentions and references of what is no code.
    expect(prose).not.toContain(shown);
  });

  it('is broken up where GitHub would find an address behind character references', () => {
    const message = 'http://a.example www.b.example c@d.example';
    const reducer = failedJob([{ store_id: 'S1', url: 'x', error: failureOf(message) }]);
    const text = markdownOf(reducer, null).split('&#').join('');
    expect(text).toContain('http58;<wbr>//a.example www<wbr>.b.example c64;<wbr>d.example');
  });
});

describe('its size', () => {
  const hostile = (index: number) => ({
    store_id: `${index}${'@'.repeat(250)}`,
    url: `http://${'@'.repeat(5000)}`,
    error: failureOf('@'.repeat(5000), `${index}.${'@'.repeat(5000)}`),
  });

  it('is far below what a step of GitHub Actions may write, however hostile the job', () => {
    const reducer = failedJob(Array.from({ length: 300 }, (_, index) => hostile(index)));
    const text = markdownOf(reducer, null);
    expect(Buffer.byteLength(text)).toBeLessThan(64 * 1024);
    const rows = rendered(text).tables[1] ?? [];
    const counted = rows.slice(1).reduce((sum, [count]) => sum + Number(count), 0);
    expect(counted).toBe(300);
    expect(rows.at(-1)?.[1]).toBe('other causes');
  });

  it('is that of twenty causes at most, with three examples each', () => {
    const reducer = failedJob(
      Array.from({ length: 250 }, (_, index) => ({
        store_id: `S${index}`,
        url: 'http://cdn.example/a.png',
        error: failureOf('connection refused', `${index % 25}.example`),
      })),
    );
    const rows = rendered(markdownOf(reducer, null)).tables[1] ?? [];
    expect(rows).toHaveLength(1 + 20 + 1);
    expect(rows[1]?.[3]?.match(/image 1 of 1/g)).toHaveLength(3);
    expect(rows.at(-1)).toEqual(['50', 'other causes', '', '']);
  });
});
