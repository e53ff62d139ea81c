import { excerpt } from '../terminal/prose.ts';

const MAX_NAMES = 10;
/** A set can't hold more than 2^24 names; nobody counts on more than this. */
const MAX_NOTED = 10_000;
const MAX_NAME_LENGTH = 40;
const PLAIN_NAME = /^[\w$-]+$/;

/** Gathers the fields nobody reads, to be named in one warning. */
export type UnknownFields = {
  /** Notes the fields of an object that are not in `known`; `prefix` says whose they are (`stores[].`). */
  note(object: object, known: ReadonlySet<string>, prefix: string): void;
  /** The warning, or none. */
  warnings(): string[];
};

export function gatherUnknownFields(what: 'fields' | 'columns'): UnknownFields {
  const names = new Set<string>();
  return {
    note(object, known, prefix) {
      // The one loop that runs for every store of a valid manifest: no arrays of keys here.
      for (const key in object) {
        if (!known.has(key) && names.size < MAX_NOTED) names.add(prefix + showName(key));
      }
    },
    warnings() {
      if (names.size === 0) return [];
      const shown = [...names].slice(0, MAX_NAMES).join(', ');
      const least = names.size === MAX_NOTED ? 'at least ' : '';
      const more = names.size > MAX_NAMES ? ` and ${least}${names.size - MAX_NAMES} more` : '';
      return [`ignored unknown ${what}: ${shown}${more}`];
    },
  };
}

function showName(key: string): string {
  const name = excerpt(key, MAX_NAME_LENGTH);
  return PLAIN_NAME.test(key) ? name : `"${name}"`;
}
