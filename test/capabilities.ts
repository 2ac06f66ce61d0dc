/**
 * The capability table of README.md: one row each, proved by tests that carry `{id}` in their name.
 * `limits` says what is known to be missing: the row then reads "partly".
 */
export interface Capability {
  readonly id: string;
  readonly area: string;
  readonly title: string;
  readonly limits?: string;
}

export interface Outcome {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
}

export const tableStart = '<!-- capabilities: written by npm test -- --write -->';
export const tableEnd = '<!-- end of capabilities -->';

const row = (area: string, id: string, title: string, limits?: string): Capability => ({
  area,
  id,
  title,
  ...(limits === undefined ? {} : { limits }),
});

export const capabilities: readonly Capability[] = [
  row('SIP', 'sip-parser', 'Messages of RFC 3261, torture tests of RFC 4475 and 5118'),
];

/** The table as Markdown; a row whose tests were all skipped keeps the line it has in `current`. */
export function capabilityTable(outcomes: readonly Outcome[], current: string): string {
  const lines = capabilities.map((capability) => {
    const mine = outcomes.filter(({ name }) => name.includes(`{${capability.id}}`));
    const start = `| ${capability.area} | ${capability.title} |`;
    if (mine.some(({ result }) => result === 'skipped')) {
      const kept = current.split('\n').find((line) => line.startsWith(start));
      if (kept !== undefined) return kept;
    }
    return `${start} ${state(capability, mine)} |`;
  });
  return ['| Area | Capability | State |', '|---|---|---|', ...lines].join('\n');
}

function state(capability: Capability, outcomes: readonly Outcome[]): string {
  if (!outcomes.some(({ result }) => result === 'passed'))
    return capability.limits === undefined ? 'not yet' : `not yet: ${capability.limits}`;
  if (outcomes.some(({ result }) => result === 'failed')) return 'partly: a test fails';
  return capability.limits === undefined ? 'works' : `partly: ${capability.limits}`;
}
