/** The RPC calls that would have done what a call of this page did. Pure. */
import type { JsonValue } from '../../typescript/index.ts';

export interface SameCall {
  readonly title: string;
  readonly method: string;
  readonly params: readonly JsonValue[];
  /** Names of the parameters. */
  readonly order: readonly string[];
}

/** Somebody's phone, in the lines: it must be replaced. */
const somebody = 'sip:alice@127.0.0.1:5070';

/**
 * @param target as it was dialled. @param tag of the call at the server, null: it never answered.
 * @param host of the server.
 */
export function sameCalls(target: string, tag: string | null, host: string): readonly SameCall[] {
  const dialled = dialLine(target, host);
  return tag === null
    ? [dialled]
    : [
        dialled,
        { title: 'Look at a call while it runs', method: 'call.get', params: [tag], order: ['call'] },
        hangUp(tag),
      ];
}

function dialLine(target: string, host: string): SameCall {
  const application = { echo: 'echo', '600': 'echo', welcome: 'announcement' }[target] ?? null;
  if (application === null) {
    return {
      title: 'Ring Alice, then call that address, and connect them',
      method: 'click_to_dial.dial',
      params: [
        {
          a: somebody,
          b: /^sips?:/.test(target) ? target : target.includes('@') ? `sip:${target}` : `sip:${target}@${host}`,
        },
      ],
      order: ['order'],
    };
  }
  return {
    title: 'Ring Alice’s phone and connect her as you were',
    method: 'di_dial.dial',
    params: [application, target, `sip:callbus@${host}`, somebody],
    order: ['application', 'user', 'from', 'to'],
  };
}

const hangUp = (tag: string): SameCall => ({ title: 'Hang up', method: 'call.end', params: [tag], order: ['call'] });
