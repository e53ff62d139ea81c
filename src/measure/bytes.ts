/** Numbers and text in the bytes of a header. Past the end everything reads as zero bytes. */

export function u8(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

export function u16be(bytes: Uint8Array, at: number): number {
  return (u8(bytes, at) << 8) | u8(bytes, at + 1);
}

export function u16le(bytes: Uint8Array, at: number): number {
  return u8(bytes, at) | (u8(bytes, at + 1) << 8);
}

export function u32be(bytes: Uint8Array, at: number): number {
  return u16be(bytes, at) * 0x1_0000 + u16be(bytes, at + 2);
}

export function u32le(bytes: Uint8Array, at: number): number {
  return u16le(bytes, at) + u16le(bytes, at + 2) * 0x1_0000;
}

/** 64 bits as a number: exact up to 2^53, which no body reaches. */
export function u64be(bytes: Uint8Array, at: number): number {
  return u32be(bytes, at) * 0x1_0000_0000 + u32be(bytes, at + 4);
}

export function u64le(bytes: Uint8Array, at: number): number {
  return u32le(bytes, at) + u32le(bytes, at + 4) * 0x1_0000_0000;
}

/** Four bytes as the characters that name a chunk or a box. */
export function fourCharacters(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(
    u8(bytes, at),
    u8(bytes, at + 1),
    u8(bytes, at + 2),
    u8(bytes, at + 3),
  );
}

/** Whether the bytes have these, given as Latin-1 text, at a place. */
export function hasAt(bytes: Uint8Array, at: number, expected: string): boolean {
  for (let index = 0; index < expected.length; index += 1) {
    if (bytes[at + index] !== expected.charCodeAt(index)) return false;
  }
  return true;
}

/** Bytes one after another, in a buffer of their own; text stands for its Latin-1 codes. */
export function joinBytes(...parts: (Uint8Array | string)[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === 'string') {
      for (let index = 0; index < part.length; index += 1) all[at + index] = part.charCodeAt(index);
    } else {
      all.set(part, at);
    }
    at += part.length;
  }
  return all;
}

/** The bytes as text, one character each. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
