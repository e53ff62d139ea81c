import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** The rooms of src/ and the arrows between them, as the table in src/README.md has them. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SRC = join(ROOT, 'src');
const MOST_LINES = 250;
const MOST_FILES = 26;
/** A format a file: as many as there are formats. */
const MOST_FORMATS = 40;

const filesIn = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name))
    .map((name) => join(folder, name));

const sources = filesIn('src').filter((path) => path.endsWith('.ts'));
const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** The room of a file: its folder, or its own name where it stands beside the rooms. */
function roomOf(path: string): string {
  const [first = ''] = relative(SRC, resolve(ROOT, path)).split('/');
  return first;
}

type Import = { from: string; to: string; isOfTypes: boolean };

/** `import type …`, `import { type A, type B }` and their like bring types alone. */
function bringsTypes(clause: string): boolean {
  if (/^(import|export)\s+type\b/.test(clause)) return true;
  const names = /\{([^}]*)\}/.exec(clause)?.[1]?.split(',') ?? [];
  const isList = /^(import|export)\s*\{/.test(clause);
  return isList && names.every((name) => name.trim() === '' || name.trim().startsWith('type '));
}

const IMPORT = /^((?:import|export)\b[^;'"]*?)'(\.[^']*)'|\bimport\('(\.[^']*)'\)/gm;

const imports: Import[] = sources.flatMap((from) =>
  [...textOf(from).matchAll(IMPORT)].map(([, clause = '', fixed, late]) => {
    const to = relative(ROOT, resolve(ROOT, dirname(from), fixed ?? late ?? ''));
    return { from, to, isOfTypes: bringsTypes(clause) };
  }),
);

const ROW = /^\| `([\w./-]+)` *\|[^|]*\|([^|]*)\|$/gm;

/** What each room may import, by the table: whether only types of it. */
const table = new Map(
  [...textOf('src/README.md').matchAll(ROW)].map(([, room = '', cell = '']) => {
    const arrows = [...cell.matchAll(/`([\w./-]+)`( \(types\))?/g)];
    return [
      room.replace(/\/$/, ''),
      new Map(arrows.map(([, to = '', types]) => [to.replace(/\/$/, ''), types !== undefined])),
    ] as const;
  }),
);

/** Files beside the rooms that every room may import. */
const leaves = new Set([...table.keys()].filter((room) => table.get(room)?.has('every')));

describe('the table of rooms', () => {
  it('names every room, and none that is not there', () => {
    const rooms = new Set(sources.map(roomOf));
    expect([...table.keys()].sort()).toEqual([...rooms].sort());
  });

  it('allows every import there is, types included', () => {
    const forbidden = imports.filter(({ from, to, isOfTypes }) => {
      const [room, other] = [roomOf(from), roomOf(to)];
      if (room === other || leaves.has(other)) return false;
      const typesOnly = table.get(room)?.get(other);
      return typesOnly === undefined || (typesOnly && !isOfTypes);
    });
    expect(forbidden).toEqual([]);
  });

  it('has no arrow that no import follows', () => {
    const followed = new Set(imports.map(({ from, to }) => `${roomOf(from)} → ${roomOf(to)}`));
    const arrows = [...table].flatMap(([room, others]) =>
      [...others.keys()].filter((other) => other !== 'every').map((other) => `${room} → ${other}`),
    );
    expect(arrows.filter((arrow) => !followed.has(arrow))).toEqual([]);
  });
});

/** The first way round in a graph, or null. */
function findCycle(graph: Map<string, Set<string>>): string[] | null {
  const done = new Set<string>();
  const visit = (node: string, path: string[]): string[] | null => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle) return cycle;
    }
    done.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle) return cycle;
  }
  return null;
}

function graphOf(edges: [string, string][]): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    if (from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to));
  }
  return graph;
}

describe('arrows', () => {
  it('lead one way between rooms, types included', () => {
    expect(
      findCycle(graphOf(imports.map(({ from, to }) => [roomOf(from), roomOf(to)]))),
    ).toBeNull();
  });

  it('lead one way between files, types included', () => {
    expect(findCycle(graphOf(imports.map(({ from, to }) => [from, to])))).toBeNull();
  });
});

/** The keys under which several values were put. */
function repeated(pairs: [key: string, value: string][], most: number): Record<string, string[]> {
  const groups = new Map<string, Set<string>>();
  for (const [key, value] of pairs) groups.set(key, (groups.get(key) ?? new Set()).add(value));
  const many = [...groups].filter(([, values]) => values.size > most);
  return Object.fromEntries(many.map(([key, values]) => [key, [...values]]));
}

const DECLARED =
  /^export (?:declare |abstract |async )*(?:function\*?|const|let|var|class|type|interface|enum) (\w+)/gm;
/** `export { a, type b as c }` of names of the file itself; what is passed on has a `from`. */
const LISTED = /^export (?:type )?\{([^}]*)\}(?! from)/gm;

function exportsOf(text: string): string[] {
  const declared = [...text.matchAll(DECLARED)].map(([, name = '']) => name);
  const listed = [...text.matchAll(LISTED)].flatMap(([, names = '']) => names.split(','));
  const own = listed.map((name) => name.trim().split(/\s+/).at(-1) ?? '');
  return [...declared, ...own.filter((name) => name !== '')];
}

describe('a name', () => {
  it('is exported by one file', () => {
    const exported = sources.flatMap((path) =>
      exportsOf(textOf(path)).map((name): [string, string] => [name, path]),
    );
    expect(repeated(exported, 1)).toEqual({});
  });

  it('of a file stands in two rooms at most', () => {
    const names = sources.map((path): [string, string] => [basename(path), roomOf(path)]);
    expect(repeated(names, 2)).toEqual({});
  });
});

describe('size', () => {
  it('of a file is one screen or a few, in tests too', () => {
    const long = [...filesIn('src'), ...filesIn('test')].filter(
      (path) => textOf(path).split('\n').length - 1 > MOST_LINES,
    );
    expect(long).toEqual([]);
  });

  it('of a room is what a newcomer can take in', () => {
    const counts = new Map<string, number>();
    for (const path of sources) counts.set(roomOf(path), (counts.get(roomOf(path)) ?? 0) + 1);
    const most = (room: string) => (room === 'measure' ? MOST_FORMATS : MOST_FILES);
    expect([...counts].filter(([room, count]) => count > most(room))).toEqual([]);
  });
});

describe('the environment, the arguments and standard input', () => {
  it('are read where a person or a caller speaks to the program, and handed on', () => {
    const READS = /process\.(env|argv|stdin)\b|(env|argv|stdin)[^=;]*\} = process;|node:process/;
    const readers = sources.filter((path) => READS.test(textOf(path)));
    const rooms = new Set(readers.map(roomOf));
    expect([...rooms].sort()).toEqual(['api', 'cli', 'commands', 'main.ts']);
  });
});
