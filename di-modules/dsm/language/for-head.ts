import type { ForElement } from './ast.ts';

/**
 * The text in the parentheses of `for` (reference/dsm 1.3); null: it is none. Names are trimmed: in
 * SEMS the second name of `for ($k, $v in s)` has a blank before it, which nobody can mean.
 */
export function parseForHead(text: string): ForElement['head'] | null {
  const parts = text.replace(/\s/g, ' ').split(' in ');
  const [names = '', source = ''] = parts.map((part) => part.trim());
  if (parts.length !== 2 || names === '' || source === '') return null;
  if (names.includes(',')) {
    const [key = '', value = '', ...more] = names.split(',').map(bareName);
    if (key === '' || value === '' || more.length > 0) return null;
    return { kind: 'struct', key, value, struct: bareName(source) };
  }
  const variable = bareName(names);
  if (variable === '') return null;
  const range = /^range\s*\(([\s\S]*)\)$/.exec(source);
  if (range === null) return { kind: 'array', variable, array: bareName(source) };
  const bounds = (range[1] ?? '').split(',').map((bound) => bound.trim());
  const [first = '', second] = bounds;
  if (bounds.length > 2) return null;
  return second === undefined
    ? { kind: 'range', variable, low: '0', high: first }
    : { kind: 'range', variable, low: first, high: second };
}

function bareName(text: string): string {
  return text.trim().replace(/^\$/, '').trim();
}
