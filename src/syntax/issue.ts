/** Where a value is inside a JSON document: names and indexes, from the root. */
export type Path = readonly PropertyKey[];

/** What is wrong with the value at a path, before its line and column are known. */
export type Issue = { path: Path; message: string };

/** More than anybody reads; a hundred times as many do not fit into memory. */
export const MAX_PROBLEMS = 200_000;

/** The first problems; where there are too many, the last one says so. */
export function bounded<T extends { message: string }>(problems: T[], most = MAX_PROBLEMS): T[] {
  const next = problems[most];
  if (next === undefined) return problems;
  const message = 'too many problems: not all are shown';
  return [...problems.slice(0, most), { ...next, message }];
}

/** `stores[3].images[2]` from `['stores', 3, 'images', 2]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else text += text === '' ? String(segment) : `.${String(segment)}`;
  }
  return text;
}
