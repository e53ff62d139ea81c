import type { z } from 'zod';
import {
  type DocumentSource,
  documentErrors,
  documentHead,
  documentStores,
} from '../results/document.ts';
import type { JobEvent } from '../results/events.ts';
import type { ImageResult, Json, resultsSchema, StoreResult } from '../results/results-schema.ts';

/** What JSON keeps of a value: Dates are text, typed arrays are lists, `undefined` by itself is null. */
export type Kept<Value> = unknown extends Value ? Json : KeptOf<Value>;
// Distributes over unions, and over the members of lists and objects.
type KeptOf<Value> = Value extends string | number | boolean | null
  ? Value
  : Value extends void
    ? null
    : Value extends Date
      ? string
      : Value extends TypedArray
        ? number[]
        : Value extends readonly unknown[]
          ? { [Index in keyof Value]: Kept<Value[Index]> }
          : Value extends bigint | symbol | Callable
            ? never
            : { [Name in keyof Value]: KeptMember<Value[Name]> };
/** What is undefined in an object is left out. */
type KeptMember<Value> = unknown extends Value
  ? Json
  : KeptOf<Exclude<Value, undefined>> | Extract<Value, undefined>;
type Callable = (...values: never[]) => unknown;
type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

type Document = z.infer<typeof resultsSchema>;

/** A result whose work returned `Output`; null where it returned nothing, or was not done. */
export type ImageResultOf<Output = unknown> = Omit<ImageResult, 'output'> & {
  output: Kept<Output> | null;
};
export type StoreResultOf<Output = unknown> = Omit<StoreResult, 'images'> & {
  images: ImageResultOf<Output>[];
};

/** The results document, as `imgjob run` writes it. */
export type ResultsOf<Output = unknown> = Omit<Document, 'stores'> & {
  stores: StoreResultOf<Output>[];
};

type Finished = Extract<JobEvent, { type: 'image_finished' }>;

/** What happens in a job whose work returns `Output`. */
export type JobEventOf<Output = unknown> =
  | Exclude<JobEvent, Finished>
  | (Omit<Finished, 'result'> & { result: ImageResultOf<Output> });

/** A job's results document, whole. */
export async function readResults<Output>(source: DocumentSource): Promise<ResultsOf<Output>> {
  const errors = await readErrors(source);
  const stores: StoreResultOf<Output>[] = [];
  for await (const store of documentStores(source)) stores.push(typed(store));
  return { ...documentHead(source), errors, stores };
}

/** The failed stores of a document. */
export async function readErrors(source: DocumentSource): Promise<Document['errors']> {
  const errors: Document['errors'] = [];
  for await (const error of documentErrors(source)) errors.push(error);
  return errors;
}

/** The caller says what its work returns: nobody else can know. */
export function typed<Output>(store: StoreResult): StoreResultOf<Output>;
export function typed<Output>(event: JobEvent): JobEventOf<Output>;
export function typed(value: unknown): unknown {
  return value;
}
