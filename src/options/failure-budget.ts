/** `3`, or `5%` of all; a share is from 0 to 100. */
export const FAILURE_BUDGET = /^(?:\d{1,9}|(?:100(?:\.0{1,6})?|\d{1,2}(?:\.\d{1,6})?)%)$/;

export const EXPECTED_BUDGET = 'a number of stores like 3, or a share like 5%';

/** Whether no more stores have failed than a budget has it; null allows none. */
export function isWithinBudget(
  budget: string | null,
  { failed, total }: { failed: number; total: number },
): boolean {
  if (budget === null) return failed === 0;
  if (!budget.endsWith('%')) return failed <= Number(budget);
  // In whole numbers: 0.57 × 10,000 is less than 5,700 to a computer.
  const [whole = '', decimals = ''] = budget.slice(0, -1).split('.');
  return failed * 100 * 10 ** decimals.length <= Number(whole + decimals) * total;
}
