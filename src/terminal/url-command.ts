import { fileWord } from '../terminal/shell-word.ts';

/**
 * A shell command that prints the URL of an image whole, from a results file of
 * either format: NDJSON has a store a line. Positions count from 0.
 */
export function urlCommand({ store, image }: { store: number; image: number }, file: string) {
  return `jq -rs '(.[0].stores // .)[${store}].images[${image}].url' ${fileWord(file)}`;
}
