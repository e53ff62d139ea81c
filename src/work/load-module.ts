import { messageOf, systemCode } from '../errors.ts';
import { WorkError } from '../job/effects.ts';
import { BOUNDS, type Bounds, describeWholeNumber, isWithin } from '../options/bounds.ts';
import { importFrom } from './import-from.ts';
import { BATCH_WAIT_MS, type Batch, type ModulePlace, type Traits } from './messages.ts';
import { registerTsx } from './tsx.ts';

/** The module of a user, by what it exports. */
export type WorkModule = {
  work(images: unknown, context: unknown): unknown;
  traits: Traits;
  /** What it does at its end. */
  close(): unknown;
};

type Exported = Record<string, unknown>;

/** Loads a module; throws a `WorkError` that says why it can't be used. */
export async function loadModule(place: ModulePlace): Promise<WorkModule> {
  const exported = await load(place);
  const inner = isObject(exported.default) ? exported.default : {};
  // Of a CommonJS module all is in its default; compiled from an ES module, also that.
  const find = (name: string) => exported[name] ?? inner[name];
  const work = isFunction(exported.default) ? exported.default : inner.default;
  if (!isFunction(work)) {
    throw new WorkError('not-a-function', 'its default export is not a function');
  }
  const close = find('close');
  if (close !== undefined && !isFunction(close)) throw unfit('close', 'a function');
  return {
    work,
    traits: {
      batch: batchOf(find('batch')),
      concurrency: numberOf('concurrency', find('concurrency'), BOUNDS.work_concurrency),
      closes: close !== undefined,
    },
    close: close ?? (() => {}),
  };
}

async function load({ specifier, folder, underTsx }: ModulePlace): Promise<Exported> {
  try {
    if (underTsx) await registerTsx();
    return { ...(await importFrom(folder, specifier)) };
  } catch (error) {
    if (error instanceof SyntaxError) throw new WorkError('syntax-error', messageOf(error));
    const message = messageOf(error);
    const more = systemCode(error) === 'ERR_UNKNOWN_FILE_EXTENSION' ? typeScriptHint(message) : '';
    const failure = new WorkError('load-failed', message + more, { cause: error });
    throw Object.assign(failure, { stack: error instanceof Error ? error.stack : '' });
  }
}

/** Node.js strips types from 22.18 and 23.6 on. */
function typeScriptHint(message: string): string {
  if (!/"\.[cm]?ts/.test(message)) return '';
  return `: Node.js ${process.version} can't run TypeScript, 22.18 and newer can; or set NODE_OPTIONS='--import tsx'`;
}

function batchOf(value: unknown): Batch | null {
  if (value === undefined || value === null) return null;
  const expected = '{ size, wait_ms }';
  if (!isObject(value)) throw unfit('batch', expected);
  const { size, wait_ms, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw unfit('batch', `${expected} alone: it has ${unknown}`);
  const many = numberOf('batch.size', size, BOUNDS.work_batch);
  if (many === null) throw unfit('batch.size', describeWholeNumber(BOUNDS.work_batch));
  const waits = numberOf('batch.wait_ms', wait_ms, BOUNDS.work_batch_wait_ms);
  return { size: many, wait_ms: waits ?? BATCH_WAIT_MS };
}

function numberOf(name: string, value: unknown, bounds: Bounds): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && isWithin(bounds, value)) return value;
  throw unfit(name, describeWholeNumber(bounds));
}

function unfit(name: string, expected: string): WorkError {
  return new WorkError('load-failed', `what it exports as ${name} is not ${expected}`);
}

function isFunction(value: unknown): value is (...all: unknown[]) => unknown {
  return typeof value === 'function';
}

function isObject(value: unknown): value is Exported {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
