import { afterAll, describe, expect, it } from 'vitest';
import { openResultsFile } from '../../src/results/results-file.ts';
import { createWorkspace } from '../support/cli.ts';
import { collect } from '../support/collect.ts';
import { documentOf, image, store } from '../support/documents.ts';
import {
  ERRORS,
  HEAD,
  indented,
  jq,
  jsonText,
  NO_INPUT,
  ndjsonText,
  oddText,
  read,
  STORES,
  withErrorLines,
} from '../support/results-files.ts';

const workspace = createWorkspace();
afterAll(() => workspace.remove());

describe('a results file', () => {
  const compact = JSON.stringify({ ...HEAD, errors: ERRORS, stores: STORES });

  it.each([
    ['JSON as imgjob writes it', jsonText()],
    ['NDJSON as imgjob writes it', ndjsonText()],
    ['JSON with a byte-order mark', `\ufeff${jsonText()}`],
    ['NDJSON with a byte-order mark', `\ufeff${ndjsonText()}`],
    ['JSON with the line ends of Windows', jsonText().replaceAll('\n', '\r\n')],
    ['NDJSON with the line ends of Windows', ndjsonText().replaceAll('\n', '\r\n')],
    ['NDJSON without its last newline', ndjsonText().trimEnd()],
    ['what jq makes of it', jq('.')],
    ['what jq -S makes of it', jq('-S', '.')],
    ['what jq -c makes of it', jq('-c', '.')],
    ['what jq --tab makes of it', jq('--tab', '.')],
    ['one line', compact],
    // Errors and small stores a line each, others on several.
    ['a layout of which some lines look like stores', oddText()],
    ['a store that is indented otherwise', indented(jsonText(), 0)],
    ['a last one that is', indented(jsonText(), 2)],
    ['a store on several lines', jsonText().replace('{"store_id":"S1",', '$&\n')],
    ['errors on lines that look like those of stores', withErrorLines(jsonText())],
    ['such errors, and stores that are laid out otherwise', withErrorLines(indented(jsonText()))],
  ])('may be %s', async (_, text) => {
    expect(await read(text)).toEqual({ head: HEAD, stores: STORES });
  });

  it('may have fields of later versions', async () => {
    const stores = STORES.map((one) => ({
      ...one,
      more: 1,
      images: one.images.map((each) => ({
        ...each,
        error: each.error && { ...each.error, more: 1 },
        more: 1,
      })),
    }));
    const summary = { ...HEAD.summary, images: { ...HEAD.summary.images, more: 1 }, more: 1 };
    const { head, stores: seen } = await read(jsonText(stores, { ...HEAD, summary, more: 1 }));
    expect(head).toEqual(HEAD);
    expect(seen).toHaveLength(3);
    expect(seen.flatMap(({ images }) => images).map(({ error }) => error?.code)).toEqual([
      ...[undefined, undefined, undefined, 'http-status', undefined],
    ]);
  });

  it('may be one without stores', async () => {
    const { head } = documentOf([]);
    expect(await read(jsonText([], head))).toEqual({ head, stores: [] });
  });

  it('is read from its path, and more than once', async () => {
    const path = workspace.write('results.json', jsonText());
    const opened = await openResultsFile({ path, ...NO_INPUT });
    expect(await collect(opened.stores())).toEqual(STORES);
    expect(await collect(opened.stores())).toEqual(STORES);
    await opened.close();
  });

  it('may hold an output that is nested as deeply as it likes', async () => {
    const text = jsonText(
      [store([image({ output: 'deep' })])],
      documentOf([store([image()])]).head,
    );
    const deep = text.replace('"deep"', '['.repeat(100_000) + ']'.repeat(100_000));
    expect((await read(deep)).stores).toHaveLength(1);
  });
});
