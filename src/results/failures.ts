import type { JobEvent } from './events.ts';
import type { FaultCode, ImageError, ImageResult } from './results-schema.ts';

/** How many groups are kept, and how many failures of each. */
export type FailureLimits = { groups: number; samples: number };
const LIMITS: FailureLimits = { groups: 100, samples: 10 };

export type FailureSample = {
  store: number;
  store_id: string;
  image: number;
  /** How many images the store has. */
  images: number;
  url: string;
  message: string;
};

/** Failed images that have their cause in common. */
export type FailureGroup = {
  code: FaultCode;
  http_status: number | null;
  host: string | null;
  count: number;
  /** The first ones, in the order they were added; ten unless it was said. */
  samples: FailureSample[];
};

export type FailureGroups = {
  add(error: ImageError, sample: FailureSample): void;
  /** Takes a failure back that was added. */
  remove(error: ImageError, sample: FailureSample): void;
  /** The most frequent cause first. */
  list(): FailureGroup[];
  /** Failures whose cause came when there were enough other ones. */
  ungrouped(): number;
};

/** Groups failures by code, status and host, in bounded memory: 100 groups of 10 samples, unless it is said. */
export function createFailureGroups(limits: FailureLimits = LIMITS): FailureGroups {
  const groups = new Map<string, FailureGroup>();
  let ungrouped = 0;

  function add(error: ImageError, sample: FailureSample): void {
    const { code, http_status, host } = error;
    const key = causeKey(error);
    let group = groups.get(key);
    if (!group) {
      if (groups.size >= limits.groups) {
        ungrouped += 1;
        return;
      }
      group = { code, http_status, host, count: 0, samples: [] };
      groups.set(key, group);
    }
    group.count += 1;
    if (group.samples.length < limits.samples) group.samples.push(sample);
  }

  function remove(error: ImageError, { store, image }: FailureSample): void {
    const key = causeKey(error);
    const group = groups.get(key);
    if (!group) {
      ungrouped = Math.max(0, ungrouped - 1);
      return;
    }
    group.count -= 1;
    group.samples = group.samples.filter((one) => one.store !== store || one.image !== image);
    if (group.count === 0) groups.delete(key);
  }

  return {
    add,
    remove,
    list: () => [...groups.values()].sort((a, b) => b.count - a.count),
    ungrouped: () => ungrouped,
  };
}

type ImageFinished = Extract<JobEvent, { type: 'image_finished' }>;
/** An image that failed, as it is told. */
export type ImageFailed = ImageFinished & { result: ImageResult & { error: ImageError } };

export function isImageFailed(event: JobEvent): event is ImageFailed {
  return event.type === 'image_finished' && event.result.error !== null;
}

/** The same for failures that have their cause in common. */
export function causeKey({ code, http_status, host }: ImageError): string {
  return `${code} ${http_status} ${host}`;
}
