/** Where a call was before it came here: Diversion (RFC 5806) and History-Info (RFC 7044); pure readers. */
import { splitHeaderList } from './grammar.ts';
import { parseNameAddress, parseNameAddressList } from './name-address.ts';
import type { NameAddress, SipHeaders } from './types.ts';

export interface Diversion {
  readonly address: NameAddress;
  /** `user-busy`, `no-answer`, `unconditional`, `deflection`, …; `unknown` when absent. */
  readonly reason: string;
  /** Diversions that this entry stands for; 1 when absent. */
  readonly counter: number;
  readonly privacy: string | null;
}

/** Values that are read: no call was diverted more often. */
const MAX_VALUES = 32;

/** Newest first: "the topmost Diversion header is the most recent diversion" (RFC 5806 4.2.1). */
export function diversionsOf(message: SipHeaders): readonly Diversion[] {
  const values = (parseNameAddressList(message.headers('diversion')) ?? []).slice(0, MAX_VALUES);
  return values.map((address) => {
    const counter = /^[0-9]{1,2}$/.exec(address.parameters.get('counter') ?? '')?.[0];
    return {
      address,
      reason: (address.parameters.get('reason') ?? 'unknown').toLowerCase(),
      counter: counter === undefined ? 1 : Number(counter),
      privacy: address.parameters.get('privacy') ?? null,
    };
  });
}

export interface HistoryEntry {
  readonly address: NameAddress;
  /** `1.2.1` as numbers; empty when malformed or absent. */
  readonly index: readonly number[];
  /** Reason that is escaped within the URI: why this target was left. */
  readonly reason: string | null;
  /** Parameter that says how this target came to be: `rc`, `mp` or `np` (RFC 7044 5), and the index that it gives. */
  readonly change: { readonly kind: 'rc' | 'mp' | 'np'; readonly from: string } | null;
}

/** Oldest first, in the order of their indexes as they come (RFC 7044 10.3). Malformed values are left out. */
export function historyOf(message: SipHeaders): readonly HistoryEntry[] {
  const values = message.headers('history-info').flatMap(splitHeaderList).slice(0, MAX_VALUES);
  return values.flatMap((value): readonly HistoryEntry[] => {
    const address = parseNameAddress(value);
    if (address === null) return [];
    const index = address.parameters.get('index') ?? '';
    const reason = [...address.uri.headers].find(([name]) => name.toLowerCase() === 'reason')?.[1] ?? null;
    const kind = (['rc', 'mp', 'np'] as const).find((name) => address.parameters.has(name));
    return [
      {
        address,
        index: /^[0-9]{1,3}(\.[0-9]{1,3}){0,15}$/.test(index) ? index.split('.').map(Number) : [],
        reason,
        change: kind === undefined ? null : { kind, from: address.parameters.get(kind) ?? '' },
      },
    ];
  });
}
