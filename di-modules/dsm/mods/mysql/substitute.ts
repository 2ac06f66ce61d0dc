import type { DsmScript } from '../../../../core/index.ts';

const nameEnds = ' ,()$#\t;\'"';

/**
 * A query with the values of its `$name` and `#name` (reference/dsm 5.8): a name ends at blank `,` `(` `)` `$` `#` tab
 * `;` `'` `"`, what is unset goes, `\$` and `\#` stay as they are with their backslash. Values are not looked through
 * again, as SEMS does: what a caller said is no query.
 */
export function substituted(query: string, { variables, parameters }: DsmScript): string {
  let done = '';
  let at = 0;
  while (at < query.length) {
    const mark = query[at] ?? '';
    if ((mark !== '$' && mark !== '#') || query[at - 1] === '\\') {
      done += mark;
      at++;
      continue;
    }
    let end = at + 1;
    while (end < query.length && !nameEnds.includes(query[end] ?? '')) end++;
    const name = query.slice(at + 1, end);
    done += mark === '$' ? variables.get(name) : (parameters?.get(name) ?? '');
    at = end;
  }
  return done;
}
