import type { Header } from '../options/header.ts';
import type { JobOptions } from '../options/job-options.ts';

/** A job whose stores are done by a fleet. By itself, so that the library's types need no package of a fleet. */
export type FleetJob = {
  job_id: string;
  options: JobOptions;
  headers: Header[];
  /** The clock of its events, in milliseconds since 1970. */
  now(): number;
  /** Where it is kept; null where nothing keeps it. */
  folder: string | null;
};
