/** `3`, or `5%` of all; a share is from 0 to 100. */
export const ALLOWANCE = /^(?:\d{1,9}|(?:100(?:\.0{1,6})?|\d{1,2}(?:\.\d{1,6})?)%)$/;

/** Whether no more stores have failed than an allowance has it; null allows none. */
export function isAllowed(
  allowance: string | null,
  { failed, total }: { failed: number; total: number },
): boolean {
  if (allowance === null) return failed === 0;
  if (!allowance.endsWith('%')) return failed <= Number(allowance);
  // In whole numbers: 0.57 × 10,000 is less than 5,700 to a computer.
  const [whole = '', decimals = ''] = allowance.slice(0, -1).split('.');
  return failed * 100 * 10 ** decimals.length <= Number(whole + decimals) * total;
}
