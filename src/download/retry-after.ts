/**
 * How long a server asks to wait, in milliseconds: Retry-After in seconds, also
 * with a fraction as some write them, or as a date (RFC 9110, 10.2.3). A date
 * is taken by the server's own clock, where it tells it (`Date`). Null where it
 * says nothing that can be understood.
 */
export function parseRetryAfter(value: string, date: string, now: number): number | null {
  if (/^\d{1,9}(\.\d{0,9})?$/.test(value)) return Math.ceil(Number(value) * 1000);
  const until = parseDate(value);
  return until === null ? null : Math.max(0, until - (parseDate(date) ?? now));
}

// Dates begin with their day; Date.parse takes much else for one.
const DAY = /^[A-Z][a-z]+,? /;
const ZONE = /( [A-Z]+|[+-]\d{4})$/;

/**
 * A date in one of the three forms of HTTP (RFC 9110, 5.6.7). The one of
 * asctime names no zone: all are UTC, wherever this runs.
 */
function parseDate(text: string): number | null {
  if (!DAY.test(text)) return null;
  const time = Date.parse(ZONE.test(text) ? text : `${text} GMT`);
  return Number.isNaN(time) ? null : time;
}
