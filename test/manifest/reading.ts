import { mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Manifest, Store } from '../../src/manifest/manifest.ts';
import { formatProblem, type Problem } from '../../src/manifest/problem.ts';
import { loadManifest, type ManifestOptions, type ReadManifest } from '../../src/manifest/read.ts';
import { createWorkspace } from '../support/cli.ts';

const OPTIONS: ManifestOptions = {
  format: 'auto',
  job_id: null,
  now: () => Date.UTC(2026, 2, 1, 9, 30, 0),
  random: () => 0.5,
};

/** The content of a manifest: an object becomes JSON, a text or bytes stay as they are. */
export type Content = string | Buffer | object;

export type Options = Partial<ManifestOptions> & { name?: string };

/** Reads manifests from files in a folder of its own, as the program does. */
export function createReader() {
  const workspace = createWorkspace();
  const temporary = workspace.path('tmp');
  mkdirSync(temporary);
  const manifests: Manifest[] = [];

  function write(name: string, content: Content): string {
    const isWritten = typeof content === 'string' || Buffer.isBuffer(content);
    const path = workspace.path(name);
    writeFileSync(path, isWritten ? content : JSON.stringify(content));
    return path;
  }

  async function read(path: string, options: Options = {}, stdin = nothing()) {
    const { name: _name, ...overrides } = options;
    const outcome = await loadManifest({ path, stdin }, { ...OPTIONS, ...overrides });
    if ('manifest' in outcome) manifests.push(outcome.manifest);
    return outcome;
  }

  return {
    folder: workspace.folder,
    /** An empty folder, to take the place of the one for temporary files. */
    temporary,
    path: workspace.path,
    write,
    read,
    /** Reads what must be a good manifest. */
    async accept(content: Content, options: Options = {}): Promise<ReadManifest> {
      return good(await read(write(options.name ?? 'manifest.json', content), options));
    },
    /** Reads what must be a bad manifest, and answers its problems, a line each. */
    async refuse(content: Content, options: Options = {}): Promise<string[]> {
      return bad(await read(write(options.name ?? 'manifest.json', content), options));
    },
    /** Reads standard input that comes in these chunks. */
    readStdin: (chunks: Iterable<Uint8Array>, options: Options = {}) =>
      read('-', options, inTurn(chunks)),
    async remove(): Promise<void> {
      for (const manifest of manifests) await manifest.close();
      workspace.remove();
    },
  };
}

export type Reader = ReturnType<typeof createReader>;
type Outcome = Awaited<ReturnType<typeof loadManifest>>;

/** The manifest that was read; throws where there are problems. */
export function good(outcome: Outcome): ReadManifest {
  if ('problems' in outcome) throw new Error(`invalid: ${lines(outcome.problems).join(' | ')}`);
  return outcome;
}

/** The problems that were found, a line each, with the file's name alone. */
export function bad(outcome: Outcome): string[] {
  if ('manifest' in outcome) throw new Error('the manifest is valid');
  return lines(outcome.problems);
}

function lines(problems: Problem[]): string[] {
  return problems.map((problem) => formatProblem({ ...problem, file: basename(problem.file) }));
}

/** Every store of a manifest, in order. */
export async function storesOf({ store_count, store }: Manifest): Promise<Store[]> {
  const stores: Store[] = [];
  for (let position = 0; position < store_count; position += 1) stores.push(await store(position));
  return stores;
}

/** A text in pieces of so many bytes, without regard to lines and characters. */
export function inPieces(text: string, size: number): Uint8Array[] {
  const bytes = Buffer.from(text);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

async function* inTurn(chunks: Iterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* chunks;
}

const nothing = () => inTurn([]);

export const FORMS = ['stores', 'visits'] as const;

/** A manifest in one of its forms, with these fields beside its list. */
export function manifestOf(form: (typeof FORMS)[number], stores: object[], fields: object = {}) {
  const named = stores.map((store, index) => ({
    store_id: `S${index + 1}`,
    [form === 'stores' ? 'images' : 'image_url']: [],
    ...store,
  }));
  return { ...fields, [form]: named };
}

/** Many stores, one in three in the older form, as NDJSON takes them. */
export function mixedEntries(count: number): object[] {
  return Array.from({ length: count }, (_, index) => {
    const store_id = `S${index} é🏬`;
    const images = Array.from({ length: index % 5 }, (__, image) => `https://x.example/${image}`);
    if (index % 3 === 0) return { store_id, visit_time: '2026-03-01T09:30:00Z', image_url: images };
    return { store_id, ...(index % 2 === 0 ? { visit_time: `t${index}` } : {}), images };
  });
}
