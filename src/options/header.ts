import { MAX_HEADER_NAME, MAX_HEADER_VALUE } from './bounds.ts';

/** A header's name and value. */
export type Header = [name: string, value: string];

// RFC 9110, 5.6.2 (tokens) and 5.5 (field values, here without what is not ASCII).
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t -~]*$/;
const USER_AGENT = /^[!-~][ -~]*$/;
/** What belongs to the connection, and not to whoever uses it (RFC 9110, 7.6.1; 8.6). */
const OWN_HEADERS =
  /^(connection|content-length|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

export const EXPECTED_USER_AGENT = 'plain ASCII text';

/** Why a header can't be given: it has no name that is one, its name is ours to send, or its value can't be sent. */
export type HeaderFault = 'name' | 'own' | 'value';

/** A header as it is sent, without blanks around its value, or why it can't be. */
export function checkHeader(name: string, value: string): Header | HeaderFault {
  const sent = value.replace(/^[\t ]+|[\t ]+$/g, '');
  const fault = headerNameFault(name);
  if (fault !== null) return fault;
  return VALUE.test(sent) && sent.length <= MAX_HEADER_VALUE ? [name, sent] : 'value';
}

export function headerNameFault(name: string): Exclude<HeaderFault, 'value'> | null {
  if (!NAME.test(name) || name.length > MAX_HEADER_NAME) return 'name';
  return OWN_HEADERS.test(name) ? 'own' : null;
}

/** Whether a text can be the value of the `user-agent` header. */
export function isUserAgent(text: string): boolean {
  return USER_AGENT.test(text) && text.length <= MAX_HEADER_VALUE;
}
