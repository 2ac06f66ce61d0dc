/** What an INVITE of ours has before it is sent: no flow, and possibly parties that nobody can read. */
import { type DialogData, partyOf } from './dialog-data.ts';
import { withoutRoutes } from './route-set.ts';
import type { Flow, HeaderLine, InviteOptions, NameAddress, SipBody } from './types.ts';

/** `from`, `to`: null where malformed. */
export function unsentDialog(
  { localTag, requestUri }: InviteOptions,
  callId: string,
  from: NameAddress | null,
  to: NameAddress | null,
): DialogData {
  return {
    callId,
    localTag,
    remoteTag: '',
    localParty: from === null ? '' : partyOf(from),
    remoteParty: to === null ? '' : partyOf(to),
    localCseq: 0,
    remoteCseq: null,
    inviteCseq: 0,
    remoteTarget: requestUri,
    routeSet: [],
  };
}

/** Stands for a From or To that is malformed: the call fails with 478. */
export const nobody: NameAddress = {
  displayName: null,
  uri: {
    scheme: 'sip',
    user: null,
    password: null,
    host: 'invalid',
    port: null,
    parameters: new Map(),
    headers: new Map(),
  },
  uriText: 'sip:invalid',
  parameters: new Map(),
};

/** The flow of an INVITE whose target is not resolved yet. */
export const unsentFlow: Flow = {
  transport: 'udp',
  local: { address: '', port: 0 },
  remote: { address: '', port: 0 },
  connectionId: 0,
  trusted: false,
};

/** The reason phrase of an INVITE that is not sent as its offer could not be made. */
export function noOffer(fault: unknown): string {
  return `No offer: ${fault instanceof Error ? fault.message : String(fault)}`;
}

/** What the INVITE has besides its dialog's headers: the owner's lines, then `ours`; Routes are in the route set. */
export function inviteParts(
  { headers = [], maxForwards = 70 }: Pick<InviteOptions, 'headers' | 'maxForwards'>,
  ours: readonly HeaderLine[],
  body: SipBody | null,
): { readonly headers: readonly HeaderLine[]; readonly maxForwards: number; readonly body?: SipBody } {
  return { headers: [...withoutRoutes(headers), ...ours], maxForwards, ...(body === null ? {} : { body }) };
}
