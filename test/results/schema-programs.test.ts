import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { compile } from 'json-schema-to-typescript';
import { InputData, JSONSchemaInput, type LanguageName, quicktype } from 'quicktype-core';
import { describe, expect, it } from 'vitest';
import { documentOf } from '../../src/results/document.ts';
import { resultsText } from '../../src/results/results-text.ts';
import { runNode } from '../support/cli.ts';
import { collect } from '../support/collect.ts';
import { everyOutcome, jobAfter } from '../support/every-outcome.ts';
import { setUpRuns } from '../support/runs.ts';

/** Programs that make types of the JSON Schemas, and what is really written held against these types. */

const runs = setUpRuns();
const job = jobAfter(everyOutcome());

const textOf = (name: string) =>
  readFileSync(new URL(`../../dist/schemas/${name}.json`, import.meta.url), 'utf8');

/** Documents of each kind, of every outcome that there is. */
const DOCUMENTS: Record<string, () => Promise<unknown[]>> = {
  manifest: async () => [
    {
      job_id: 'a',
      stores: [{ store_id: 'S1', visit_time: null, images: ['https://a.example/b'] }],
    },
    { count: 1, visits: [{ store_id: 'S1', image_url: ['https://a.example/b'] }] },
  ],
  results: async () => {
    const { head, stores } = documentOf(job);
    return [{ ...head, errors: [], stores: await collect(stores()) }];
  },
  'results-line': async () => {
    const text = (await collect(resultsText(job, 'ndjson'))).join('');
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  },
  event: async () => everyOutcome(),
};
const NAMES = Object.keys(DOCUMENTS);
const asJson = async (name: string) => JSON.stringify(await DOCUMENTS[name]?.());

async function typesOf(name: string, lang: LanguageName): Promise<string> {
  const schema = new JSONSchemaInput(undefined);
  await schema.addSource({ name: 'Document', schema: textOf(name) });
  const inputData = new InputData();
  inputData.addInput(schema);
  const { lines } = await quicktype({ inputData, lang });
  return lines.join('\n');
}

describe('quicktype', () => {
  it.each(NAMES)('makes a reader of %s that takes what is written', async (name) => {
    const types = await typesOf(name, 'typescript');
    const { code } = transformSync(types, { loader: 'ts', format: 'esm' });
    const read = `for (const one of ${await asJson(name)}) Convert.toDocument(JSON.stringify(one));`;
    const program = `${code}\n${read}\nconsole.log('read');`;
    const path = runs.workspace.write('read.mjs', program);
    expect(await runNode([path])).toEqual({ code: 0, stdout: 'read\n', stderr: '' });
    const other = program.replace('JSON.stringify(one)', `JSON.stringify({ ...one, ${WRONG} })`);
    expect((await runNode([runs.workspace.write('wrong.mjs', other)])).code).not.toBe(0);
  });

  it.each(['python', 'go', 'rust', 'csharp', 'java'] as const)(
    'has types for %s, with the names that the parts have',
    async (language) => {
      for (const name of ['results', 'results-line', 'event']) {
        expect(await typesOf(name, language)).toMatch(/\bImageResult\b/);
      }
      expect(await typesOf('manifest', language)).toMatch(/\bVisit\b/);
    },
  );
});

/** What stands in no document of any kind in this way. */
const WRONG = 'job_id: 7, stores: 7, store_id: 7';

describe('json-schema-to-typescript', () => {
  it.each(NAMES)('makes types of %s that hold for what is written', async (name) => {
    const types = await compile(JSON.parse(textOf(name)), name, { bannerComment: '' });
    const [, type = ''] = /^export (?:type|interface) (Imgjob\w+)/m.exec(types) ?? [];
    const check = async (documents: string) => {
      const program = `${types}\nexport const all: ${type}[] = ${documents};\n`;
      const path = runs.workspace.write('types.ts', program);
      const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
      return runNode([tsc, '--ignoreConfig', '--noEmit', '--strict', '--types', '', path]);
    };
    expect(await check(await asJson(name))).toMatchObject({ code: 0, stdout: '' });
    expect((await check(`[{ ${WRONG} }]`)).stdout).toContain('is not assignable');
  });
});

describe('each schema', () => {
  it.each(NAMES)('has a name of its own: %s', (name) => {
    expect(JSON.parse(textOf(name)).$id).toBe(`urn:imgjob:schema:${name}`);
  });
});
