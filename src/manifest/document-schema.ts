import { z } from 'zod';
import { JOB_ID, JOB_ID_RULE } from '../job-id.ts';
import { MAX_ID_LENGTH } from './accept.ts';
import { storeSchema, visitSchema } from './manifest-schema.ts';

/**
 * A whole manifest, for editors and other programs. What a run goes by is in
 * `schema.ts`: there the lists are looked through by hand, since they may be long.
 */

const store_id = z
  .string()
  .min(1)
  .max(MAX_ID_LENGTH)
  .describe('The name of the store. The same may come twice: two visits of one store.');
const visit_time = z.string().nullish().describe('Kept in the results as it is.');
const urls = z
  .array(z.string())
  .describe('URLs of images, http or https, in the order they are worked on.');

const head = {
  $schema: z.string().nullish().describe('Where this schema is, for editors.'),
  job_id: z
    .string()
    .regex(JOB_ID)
    .nullish()
    .describe(`The name of the job: ${JOB_ID_RULE}. Made up where it is left out.`),
  count: z.int().nonnegative().nullish().describe('The number of stores, to be checked.'),
};
const stores = z
  .array(storeSchema.extend({ store_id, visit_time, images: urls }))
  .describe('Stores run at the same time; the images of one store run one after another.');
const visits = z
  .array(visitSchema.extend({ store_id, visit_time, image_url: urls }))
  .describe('The older form of stores.');

/** Both forms of a manifest as one JSON document. */
export const manifestDocumentSchema = z.union([
  z.object({ ...head, stores, visits: z.null().optional() }),
  z.object({ ...head, visits, stores: z.null().optional() }),
]);
