/** What the system appends to short names, as `resolv.conf(5)` has it. */
export type SearchList = {
  domains: string[];
  /** A name with fewer dots is looked for in the domains first. */
  ndots: number;
};

export type SearchSettings = {
  /** Of `/etc/resolv.conf`. */
  text: string;
  /** `LOCALDOMAIN` and `RES_OPTIONS` come before the file. */
  env: Record<string, string | undefined>;
  /** This machine's name, whose domain is searched where nothing else is said. */
  machine: string;
};

const MAX_NDOTS = 15;

/** The last `search` or `domain` line counts, and the last `ndots`. */
export function parseSearchList({ text, env, machine }: SearchSettings): SearchList {
  let domains = [machine.split('.').slice(1).join('.')];
  let options = '';
  for (const line of text.split('\n')) {
    // A comment has its mark in the first column.
    if (/^[#;]/.test(line)) continue;
    const [keyword = '', ...values] = line.trim().split(/\s+/);
    if (keyword === 'search') domains = values;
    if (keyword === 'domain') domains = values.slice(0, 1);
    if (keyword === 'options') options += ` ${values.join(' ')}`;
  }
  if (env.LOCALDOMAIN !== undefined) domains = env.LOCALDOMAIN.split(/\s+/);
  const all = [...`${options} ${env.RES_OPTIONS ?? ''}`.matchAll(/\sndots:(\d+)/g)];
  const ndots = Math.min(Number(all.at(-1)?.[1] ?? 1), MAX_NDOTS);
  return { domains: domains.filter((domain) => domain !== ''), ndots };
}

/**
 * The names that a name may stand for, in the order in which they are asked
 * for (`resolv.conf(5)`, `ndots`): with enough dots it is tried as it is
 * first, else last. A dot at its end means it as it is and nothing else.
 */
export function candidatesOf(name: string, { domains, ndots }: SearchList): string[] {
  if (name.endsWith('.')) return [name];
  const dots = name.split('.').length - 1;
  const within = domains.map((domain) => `${name}.${domain}`.replace(/\.*$/, '.'));
  const absolute = `${name}.`;
  const all = dots >= ndots ? [absolute, ...within] : [...within, absolute];
  return [...new Set(all)];
}
