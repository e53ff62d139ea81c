import type { Fault, Size } from '../../src/job/effects.ts';
import { createMeasurer } from '../../src/measure/measure.ts';

// Headers are written by hand where no fixture has what a test is about.

type Hint = { url?: string; content_type?: string | null };

export function measure(body: Uint8Array | string, hint: Hint = {}): Size | Fault {
  const measurer = createMeasurer({ url: 'http://img.example/x', content_type: null, ...hint });
  measurer.push(typeof body === 'string' ? latin1(body) : body);
  return measurer.end();
}

export const size = (width: number, height: number, format: string) => ({ width, height, format });
export const fault = (code: string) => ({ code, http_status: null, host: null });

export const latin1 = (text: string) => Buffer.from(text, 'latin1');
export const zeros = (length: number) => '\0'.repeat(length);
export const u16be = (...values: number[]) => numbers(values, 2, 'writeUInt16BE');
export const u16le = (...values: number[]) => numbers(values, 2, 'writeUInt16LE');
export const u32be = (...values: number[]) => numbers(values, 4, 'writeUInt32BE');
export const u32le = (...values: number[]) => numbers(values, 4, 'writeUInt32LE');

export function concat(...parts: (Buffer | string)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? latin1(part) : part)));
}

/** A box of the ISO base media file format. */
export function box(type: string, ...contents: (Buffer | string)[]): Buffer {
  const body = concat(...contents);
  return concat(u32be(body.length + 8), type, body);
}

type Writer = 'writeUInt16BE' | 'writeUInt16LE' | 'writeUInt32BE' | 'writeUInt32LE';

function numbers(values: number[], width: number, writer: Writer): Buffer {
  const bytes = Buffer.alloc(values.length * width);
  values.forEach((value, index) => {
    bytes[writer](value, index * width);
  });
  return bytes;
}
