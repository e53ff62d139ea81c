import { z } from 'zod';

/** More than a screen has lines. */
const MOST_SLOTS = 200;

/** What a slot of a job does, as one process tells another whose clock is not its own. */
const toldSlotSchema = z.object({
  store: z.int(),
  store_id: z.string(),
  images: z.int(),
  image: z.int(),
  phase: z.enum(['download', 'retry', 'queue', 'work']),
  bytes: z.number(),
  /** How long ago something moved; negative until it is tried again. */
  since_ms: z.number(),
  host: z.string().nullable(),
  /** The machine of a fleet that it is on; null for the server's own. */
  worker: z.string().nullable().default(null),
});

/** How a job goes on, with what its slots do. */
export const toldSlotsSchema = z.object({ slots: z.array(toldSlotSchema).max(MOST_SLOTS) });

type ToldSlot = z.infer<typeof toldSlotSchema>;
/** A slot by the clock of this process: `since` in monotonic milliseconds. */
type Slot = Omit<ToldSlot, 'since_ms'> & { job_id: string; since: number };

/** The slots of one job, the first of them. */
export function tellSlots(
  slots: readonly (Slot | null)[],
  job_id: string,
  now: number,
): z.infer<typeof toldSlotsSchema> {
  const told: ToldSlot[] = [];
  for (const slot of slots) {
    if (slot?.job_id !== job_id) continue;
    const { job_id: _, since, ...rest } = slot;
    told.push({ ...rest, since_ms: now - since });
    if (told.length === MOST_SLOTS) break;
  }
  return { slots: told };
}

/** What was told, by the clock of this process; none where it was not told so. */
export function heardSlots(told: unknown, job_id: string, now: number): Slot[] {
  const { data } = toldSlotsSchema.safeParse(told);
  return (data?.slots ?? []).map(({ since_ms, ...slot }) => ({
    ...slot,
    job_id,
    since: now - since_ms,
  }));
}
