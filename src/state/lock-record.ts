import { z } from 'zod';

const recordSchema = z.object({
  pid: z.int(),
  host: z.string(),
  namespace: z.string(),
  started: z.string().nullable(),
  token: z.string().regex(/^[\w-]{1,64}$/),
});

/** What a lock's file says of who holds it; null where it says nothing of the kind. */
export function parseRecord(text: string): z.infer<typeof recordSchema> | null {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
