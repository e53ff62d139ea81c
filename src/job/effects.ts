import type { JobEvent } from '../results/events.ts';
import type { Reason, ReasonOf } from '../results/reasons.ts';
import type { FaultCode, ImageError, Json } from '../results/results-schema.ts';

/**
 * Why an image failed, as a value: an image's `error` in the results, and the
 * reason, which only the journal keeps; null where the code says all.
 */
export type Fault = ImageError & { reason: Reason | null };

/**
 * A fault of a download that may pass: the image is asked for again, unless it
 * was often enough. `retry_after_ms` is what the server asks to wait, if it does.
 */
export type RetryableFault = Fault & { retry_after_ms: number | null };

/** Pixels as stored in the file, 1 to 2^31 − 1 each; `format` is the short name (`jpg`, `png`, …). */
export type Size = { width: number; height: number; format: string };

/** What is known of a body before its first byte: where it came from and what it claims to be. */
export type BodyHint = {
  url: string;
  content_type: string | null;
  /** What its Content-Encoding names that is no coding known here; the bytes are taken as they are. */
  unknown_coding?: string | null;
};

/** Reads an image's size from its bytes as they come; must not depend on how they were cut. */
export type Measurer = {
  /** Whether it is settled that these are no image's bytes, so that the rest need not come. */
  push(chunk: Uint8Array): boolean;
  /** Called once, after the last byte. A fault's host and status are filled in by the caller. */
  end(): Size | Fault;
};

export type FetchHooks = {
  signal: AbortSignal;
  /** Bytes of body as they arrive from the network. */
  onBytes(count: number): void;
  /** The host that is asked now, again at each redirect. */
  onHost(host: string): void;
  /** Milliseconds that the attempt stood aside for a host's sake: no time of the download. */
  onWait(ms: number): void;
};

/** A body as it came, piece by piece; null where bodies are not kept. */
export type Chunks = readonly Uint8Array[] | null;

/** A body that is kept as a file, once its image is completed. */
export type SavedBody = {
  /** Gives it its name; answers that, as results have it. Throws `save-unwritable`, which ends the job. */
  keep(place: SavedPlace): string | Promise<string>;
  /** Leaves nothing of it. */
  discard(): void;
};

/** Which image a body is of; `store` is its store's position. */
export type SavedPlace = {
  store: number;
  store_id: string;
  index: number;
  url: string;
  format: string;
  /** Whether a file has this name already that is another image's of the store. */
  isTaken(file: string): boolean;
};

/**
 * An attempt that brought an image: its size, its decoded bytes, where it was
 * asked for the SHA-256 of its body, where work wants it the body, and where
 * bodies are kept the file.
 */
export type Measured = {
  size: Size;
  bytes: number;
  sha256: string | null;
  chunks: Chunks;
  saved: SavedBody | null;
};

/** An attempt that failed; `bytes` are the decoded bytes of body that came, null where no body began. */
export type FailedAttempt = { fault: Fault | RetryableFault; bytes: number | null };

/** One image that was measured and waits for its work. */
export type WorkImage = Size & { url: string; store_id: string; index: number; chunks: Chunks };

export type WorkHooks = {
  signal: AbortSignal;
  /** The image waits for a place, or for its batch to be full. */
  onQueue(): void;
  /** The work begins; so many milliseconds the image waited, which are no time of its work. */
  onBegin(waited_ms: number): void;
  /** A line of the work; `batch` is how many images were worked on, of which this is the first. */
  onLog(text: string, batch: number): void;
};

/** Everything the engine does to the world; it is handed in, so that the engine itself is pure. */
export type Effects = {
  /**
   * One attempt at an image: downloads and measures it. Never rejects for what a
   * server, a network or a file does: faults are values.
   */
  fetch(url: string, hooks: FetchHooks): Promise<Measured | FailedAttempt>;
  /**
   * The last step of an image; by default the sleep. What it returns is kept as
   * `output`; a `WorkError` says why there is none.
   */
  work(image: WorkImage, hooks: WorkHooks): Promise<Json>;
  /**
   * Leaves nothing under the name that the body of an image would have, be it
   * of an earlier run: the image failed. Null where bodies are not kept.
   */
  unsave: ((place: Omit<SavedPlace, 'format'>) => void) | null;
  /** What to wait for before one more image or store begins, so that not all begin at once; mostly nothing. */
  turn(): Promise<void> | undefined;
  /** Resolves after `ms` milliseconds, or at once when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Wall-clock time in milliseconds since 1970. */
  now(): number;
  /** Monotonic time in milliseconds; only differences mean something. */
  elapsed(): number;
  /** A number from 0 up to 1. */
  random(): number;
  /**
   * Tells an event: the job's reducer has it when this returns. What it answers
   * is awaited for `image_finished`, `store_finished` and the `job_` events only.
   */
  emit(event: JobEvent): void | Promise<void>;
};

/** A fault without a host and status: there is none, or the caller fills them in. */
export function createFault<Code extends FaultCode>(
  code: Code,
  message: string,
  reason: ReasonOf<Code> | null = null,
): Fault {
  return { code, reason, message, http_status: null, host: null };
}

/** What work rejects with that says its reason; whatever else it rejects with is what the work itself threw. */
export class WorkError extends Error {
  readonly reason: ReasonOf<'work'>;
  /** Whether another attempt may end otherwise. */
  readonly retryable: boolean;

  constructor(
    reason: ReasonOf<'work'>,
    message: string,
    { retryable = true, ...options }: ErrorOptions & { retryable?: boolean } = {},
  ) {
    super(message, options);
    this.name = 'WorkError';
    this.reason = reason;
    this.retryable = retryable;
  }
}

/** Whether what work threw may pass: it does not where it says so itself. Anything may be thrown. */
export function mayPass(thrown: unknown): boolean {
  try {
    if (typeof thrown !== 'object' || thrown === null) return true;
    return !('retryable' in thrown && thrown.retryable === false);
  } catch {
    return true;
  }
}

export function isFault(outcome: object): outcome is Fault {
  return 'code' in outcome;
}

/** Whether a fault may pass. */
export function isRetryable(fault: Fault): fault is RetryableFault {
  return 'retry_after_ms' in fault;
}
