import { ImgjobError } from '../errors.ts';
import type { ListForm } from './format.ts';

/** An image of a list, and whose it is. */
export type ListEntry = { store_id: string; visit_time: string | null; url: string };

/** Tells the position of the store that an entry belongs to. */
export type StoreOf = (entry: ListEntry) => number;

export function storesOf(form: ListForm): StoreOf {
  return form === 'urls' ? countStores() : groupStores();
}

/** Each URL of a list without a table is a store. */
function countStores(): StoreOf {
  let count = 0;
  return () => count++;
}

/** Rows of one id and time are one store, in the order of their first rows. */
function groupStores(): StoreOf {
  const stores = new Map<string, number>();
  const add = (key: string) => {
    if (stores.size === MAX_GROUPS) throw tooManyStores();
    stores.set(key, stores.size);
    return stores.size - 1;
  };
  return ({ store_id, visit_time }) => {
    const key = `${store_id.length} ${store_id}${visit_time ?? ''}`;
    return stores.get(key) ?? add(key);
  };
}

/** More than a map can hold. */
const MAX_GROUPS = 2 ** 24;

function tooManyStores(): ImgjobError {
  const message = `it has more than ${MAX_GROUPS} stores, too many for a table`;
  return new ImgjobError('manifest-unreadable', message, {
    hint: 'write it as NDJSON, one store on each line: that may have any number',
  });
}
