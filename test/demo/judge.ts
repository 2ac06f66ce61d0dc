/** What was checked, and whether all of it was so. */
export interface Heard {
  /** Milliseconds since the listener's answer. */
  readonly from: number;
  readonly to: number;
  readonly by: string;
  readonly hears: readonly string[];
}

const results: { readonly what: string; readonly good: boolean; readonly seen: unknown }[] = [];

export function check(what: string, good: boolean, seen: unknown = undefined): void {
  results.push({ what, good, seen });
}

/** Prints every check; true when all were good. */
export function judge(say: (text: string) => void): boolean {
  say('');
  for (const { what, good, seen } of results)
    say(`${good ? '  ok  ' : 'WRONG '} ${what}${good || seen === undefined ? '' : `: ${JSON.stringify(seen)}`}`);
  const bad = results.filter(({ good }) => !good).length;
  say(`\n${results.length - bad} of ${results.length} checks good`);
  return bad === 0 && results.length > 0;
}
