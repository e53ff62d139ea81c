/** Origins whose answers were not quite HTTP, so that their next ones are read leniently at once. */
export type SloppyOrigins = { has(origin: string): boolean; add(origin: string): void };

// A manifest may name any number of hosts: the first of too many is forgotten, and found out again.
const MAX_ORIGINS = 1000;

/** One for the whole process. */
export function createSloppyOrigins(): SloppyOrigins {
  const origins = new Set<string>();
  return {
    has: (origin) => origins.has(origin),
    add(origin) {
      const [first] = origins;
      if (first !== undefined && origins.size >= MAX_ORIGINS) origins.delete(first);
      origins.add(origin);
    },
  };
}
