/** Calls out of the stack to raw peers, for the tests of dialogs. */
import type { Dialog, DialogEvent, InviteOptions, SipConfig } from '../../../core/sip/index.ts';
import { type Lab, lab, type Peer } from './lab.ts';

export interface CallOut {
  readonly room: Lab;
  readonly peer: Peer;
  readonly dialog: Dialog;
  readonly events: DialogEvent[];
}

export const body = (text: string) => ({ contentType: 'application/sdp', content: Buffer.from(text) });

/** A call to `peer`: the INVITE has arrived. `offer` null: late offer. */
export async function callOut(
  options: Partial<InviteOptions> & { readonly config?: Partial<SipConfig> } = {},
): Promise<CallOut> {
  const { config = {}, ...invite } = options;
  const room = await lab(config);
  const peer = await room.peer('10.0.0.2');
  const events: DialogEvent[] = [];
  const dialog = room.stack.invite({
    requestUri: 'sip:bob@10.0.0.2',
    from: '<sip:alice@10.0.0.1>',
    to: '<sip:bob@10.0.0.2>',
    localTag: 'our-tag',
    offer: async () => body('offer'),
    ...invite,
  });
  dialog.onEvent = (event) => events.push(event);
  await room.pass(20);
  return { room, peer, dialog, events };
}

/** What happened, with statuses. */
export const names = (events: readonly DialogEvent[]): string[] =>
  events.map((event) => {
    if (event.kind === 'failed' || event.kind === 'answered') return `${event.kind} ${event.response.status}`;
    if (event.kind === 'provisional') return `${event.kind} ${event.response.status} ${event.tag}`;
    return event.kind === 'request' ? `request ${event.request.request.method}` : event.kind;
  });

/** An in-dialog request of a peer that answered our INVITE. */
export function fromCallee(
  { peer, dialog }: CallOut,
  method: string,
  options: {
    readonly tag?: string;
    readonly cseq?: number;
    readonly branch?: string;
    readonly headers?: readonly string[];
    readonly body?: string;
  } = {},
): string {
  const { tag = 'callee', ...rest } = options;
  return peer.request(method, {
    callId: dialog.ids.callId,
    fromTag: tag,
    toTag: dialog.ids.localTag,
    ...rest,
  });
}
