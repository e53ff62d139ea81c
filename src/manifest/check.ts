import type { z } from 'zod';
import { type Issue, type ManifestSchemas, toIssues } from './schema.ts';
import type { UnknownFields } from './unknown-fields.ts';

export type ManifestDocument = z.infer<ManifestSchemas['manifest']>;

const MANIFEST_FIELDS = new Set(['$schema', 'job_id', 'count', 'stores', 'visits']);
const STORE_FIELDS = new Set(['$schema', 'store_id', 'visit_time', 'images']);
const VISIT_FIELDS = new Set(['$schema', 'store_id', 'visit_time', 'image_url']);

/** Checks the structure of a whole JSON manifest; every problem is found, not the first one only. */
export function checkManifest(
  value: unknown,
  schemas: ManifestSchemas,
  unknownFields: UnknownFields,
): { document: ManifestDocument } | { issues: Issue[] } {
  const checked = schemas.manifest.safeParse(value);
  // Zod runs checks across fields only where the fields are right, so these stand apart.
  const issues = isObject(value) ? checkAcrossFields(value) : [];
  if (!checked.success) return { issues: [...toIssues(checked.error), ...issues] };
  if (issues.length > 0) return { issues };
  noteUnknownFields(value, unknownFields);
  return { document: checked.data };
}

/** Checks one store of an NDJSON manifest, in either form. */
export function checkEntry(value: unknown, schemas: ManifestSchemas, unknownFields: UnknownFields) {
  const isVisit = isObject(value) && !('images' in value) && 'image_url' in value;
  const checked = isVisit ? schemas.visit.safeParse(value) : schemas.store.safeParse(value);
  if (!checked.success) return { issues: toIssues(checked.error) };
  if (isObject(value)) {
    unknownFields.note(value, isVisit ? VISIT_FIELDS : STORE_FIELDS, 'stores[].');
  }
  return { entry: checked.data };
}

function checkAcrossFields(manifest: Record<string, unknown>): Issue[] {
  const { stores, visits, count } = manifest;
  if (stores === undefined && visits === undefined) {
    return [{ path: ['stores'], message: 'missing: expected a list of stores' }];
  }
  if (stores !== undefined && visits !== undefined) {
    return [{ path: ['visits'], message: 'expected either stores or visits, got both' }];
  }
  const list = stores ?? visits;
  if (!Array.isArray(list) || !Number.isInteger(count) || count === list.length) return [];
  return [
    { path: ['count'], message: `expected ${list.length} (the number of stores), got ${count}` },
  ];
}

function noteUnknownFields(manifest: unknown, unknownFields: UnknownFields): void {
  if (!isObject(manifest)) return;
  unknownFields.note(manifest, MANIFEST_FIELDS, '');
  noteInList(manifest.stores, STORE_FIELDS, 'stores[].', unknownFields);
  noteInList(manifest.visits, VISIT_FIELDS, 'visits[].', unknownFields);
}

function noteInList(
  list: unknown,
  known: ReadonlySet<string>,
  prefix: string,
  unknownFields: UnknownFields,
): void {
  if (!Array.isArray(list)) return;
  for (const entry of list) unknownFields.note(entry, known, prefix);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
