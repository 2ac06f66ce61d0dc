import {
  type CallLabels,
  CodedError,
  labelsOf,
  mergedLabels,
  type OriginateOptions,
  type Prompt,
  parseNameAddress,
} from '../../core/index.ts';
import type { ClickToDialConfig } from './config.ts';
import type { LegName } from './outcome.ts';
import type { DialOrder, PartyOrder } from './schemas.ts';

/** One leg, ready to be placed. */
export interface PlannedLeg {
  readonly order: Omit<OriginateOptions, 'application' | 'user' | 'origin' | 'traceId'>;
  readonly timeoutMs: number;
}

/** An order that was checked. */
export interface DialPlan {
  readonly a: PlannedLeg;
  /** Null: A is for `application`. */
  readonly b: PlannedLeg | null;
  readonly application: { readonly name: string; readonly user: string } | null;
  readonly earlyMedia: 'tone' | 'through' | 'none';
  readonly waiting: Prompt | null;
  readonly failed: Prompt | null;
  /** 0: no limit. */
  readonly maxDurationMs: number;
  readonly labels: CallLabels;
}

/**
 * What an order means, with the configuration's defaults; prompts are loaded before anybody rings.
 * @throws CodedError `rpc.wrongType`, `file.*`.
 */
export async function planOf(
  order: DialOrder,
  config: ClickToDialConfig,
  prompt: (name: string) => Promise<Prompt>,
): Promise<DialPlan> {
  const { application, user = '', earlyMedia = 'tone', waiting, failed } = order;
  if ((order.b === undefined) === (application === undefined || application === ''))
    throw new CodedError('rpc.wrongType', 'order: expected either b or application');
  if (application !== undefined && (waiting ?? failed ?? order.earlyMedia) !== undefined)
    throw new CodedError('rpc.wrongType', 'order: waiting, failed and earlyMedia are for dials with b');
  const a = partyOf('a', order.a);
  const b = order.b === undefined ? null : partyOf('b', order.b);
  const labels = labelsOf(order.labels);
  const shownToA = b?.uri ?? ownUri(user === '' ? (application ?? '') : user, a.uri);
  return {
    a: legOf(a, shownToA, labels, config, order.parameters),
    b: b === null ? null : legOf(b, a.uri, labels, config, undefined),
    application: application === undefined ? null : { name: application, user },
    earlyMedia,
    waiting: waiting === undefined ? null : await prompt(waiting),
    failed: failed === undefined ? null : await prompt(failed),
    maxDurationMs: shorter(order.maxDurationS ?? 0, config.maxDurationS) * 1000,
    labels,
  };
}

/** Checked before anybody rings: A must not answer for a B that cannot be called. @throws CodedError `rpc.wrongType`. */
function partyOf(name: LegName, party: string | PartyOrder): PartyOrder {
  const order = typeof party === 'string' ? { uri: party } : party;
  for (const [member, text] of [
    ['uri', `<${order.uri}>`],
    ['from', order.from ?? ''],
  ] as const)
    if (text !== '' && parseNameAddress(text) === null)
      throw new CodedError('rpc.wrongType', `${name}: ${member}: expected a SIP address, got ${text}`);
  return order;
}

/** 0: no limit. */
const shorter = (one: number, other: number): number =>
  one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other);

/** An application has no address; it is shown in the domain of who is called. */
function ownUri(user: string, uri: string): string {
  const host = /^sips?:(?:[^@]*@)?([^;?]+)/i.exec(uri)?.[1] ?? 'anonymous.invalid';
  return `sip:${encodeURIComponent(user)}@${host}`;
}

/** What the stack writes itself, in full and in compact form. */
const ownHeaders = new Set(
  (
    'via from to call-id cseq contact max-forwards record-route content-length content-type content-encoding ' +
    'supported require session-expires min-se v f t i m l c e k x'
  ).split(' '),
);

function headersOf(headers: { readonly [name: string]: string }): [string, string][] {
  const lines = Object.entries(headers);
  for (const [name] of lines)
    if (ownHeaders.has(name.toLowerCase()))
      throw new CodedError('rpc.wrongType', `headers: ${name} is set by the server`);
  return lines;
}

function legOf(
  party: PartyOrder,
  other: string,
  labels: CallLabels,
  config: ClickToDialConfig,
  parameters: OriginateOptions['parameters'],
): PlannedLeg {
  const { uri, credentials, registration, srtp } = party;
  const shown = party.from ?? (registration === undefined ? config.from : `<${registration}>`);
  return {
    timeoutMs: (party.timeoutS ?? config.timeoutS) * 1000,
    order: {
      from: shown === '' ? `<${other}>` : shown,
      to: `<${uri}>`,
      requestUri: uri,
      headers: headersOf(party.headers ?? {}),
      labels: mergedLabels(labels, labelsOf(party.labels)),
      ...(credentials === undefined ? {} : { credentials: { ...credentials, realm: credentials.realm ?? '' } }),
      ...(registration === undefined ? {} : { account: registration }),
      ...(srtp === undefined ? {} : { srtp }),
      ...(parameters === undefined ? {} : { parameters }),
    },
  };
}
