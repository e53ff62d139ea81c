// A benchmark's rows, and how they are shown.

/**
 * One figure: a text, or a number that `aim` says something of, as the `least`
 * or the `most` it should be.
 */
export function row(what, figure, value, aim = null, kind = 'least', digits = 2) {
  if (typeof value === 'string') return { what, figure, value, aim: null, holds: null };
  const shown = value.toFixed(digits);
  if (aim === null) return { what, figure, value: shown, aim: null, holds: null };
  const holds = kind === 'least' ? Number(shown) >= aim : Number(shown) <= aim;
  return { what, figure, value: shown, aim: `${kind === 'least' ? '≥' : '≤'} ${aim}`, holds };
}

export function formatRow({ what, figure, value, aim, holds }) {
  const verdict = holds === null ? '' : `  (aim ${aim}${holds ? '' : ', missed'})`;
  return `${what}: ${figure}  ${value}${verdict}`;
}

/** The table of the page on performance: Markdown, a row a figure. */
export function markdownTable(rows) {
  const lines = rows.map(({ what, figure, value, aim, holds }) => {
    const missed = holds === false ? ' (missed)' : '';
    return `| ${what} | ${figure} | ${value} | ${aim ?? ''}${missed} |`;
  });
  return ['| work | figure | measured | aim |', '| --- | --- | --- | --- |', ...lines].join('\n');
}
