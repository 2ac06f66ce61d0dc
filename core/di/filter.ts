/** `call.*` matches `call.ended`; `*` all; else the name itself. */
export function filterMatches(filter: string, name: string): boolean {
  if (filter === '*' || filter === name) return true;
  return filter.endsWith('.*') && name.startsWith(filter.slice(0, -1));
}

/** Is it a name, `prefix.*` or `*`? */
export const isEventFilter = (filter: string): boolean => /^(\*|[A-Za-z]\w*(\.\w+)*(\.\*)?)$/.test(filter);
