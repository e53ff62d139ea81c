import { STATUS_CODES } from 'node:http';

/** The head of a response as it goes over the wire, its empty line included. */
export function responseHead(status: number, headers: Record<string, string | number> = {}) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
}

/** A whole response; its Content-Length is right unless `headers` has another one. */
export function response(
  status: number,
  body: Buffer | string = '',
  headers: Record<string, string | number> = {},
): Buffer {
  const bytes = Buffer.from(body);
  const head = responseHead(status, { 'content-length': bytes.length, ...headers });
  return Buffer.concat([Buffer.from(head), bytes]);
}
