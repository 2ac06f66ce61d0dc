/**
 * Session timers (RFC 4028) as pure functions: what INVITE, UPDATE and their responses say, who
 * refreshes, when, and when a session is given up.
 */
import { parseDecimal } from './grammar.ts';
import { parseHeaderParameters } from './header-parameters.ts';
import { namesOption } from './peer-abilities.ts';
import type { HeaderLine, SipHeaders } from './types.ts';

/** The `sip.sessionTimer` part of the configuration, or what a call has instead of it. */
export interface SessionTimerSettings {
  /**
   * `supported`: offered in our INVITEs, used with callers that support it; `always`: also with peers
   * that know nothing of it; `off`: only for a caller that requires it.
   */
  readonly mode: 'off' | 'supported' | 'always';
  /** Our Session-Expires. */
  readonly expiresSeconds: number;
  /** Our Min-SE: offers below it are answered 422. */
  readonly minimumSeconds: number;
  /** The largest Min-SE of a 422 that we obey. */
  readonly maximumSeconds: number;
  readonly refreshMethod: 'UPDATE_FALLBACK_INVITE' | 'UPDATE' | 'INVITE';
  /** A 501 to a refresh counts as a sign of life. */
  readonly accept501: boolean;
}

/** A session that has a timer. */
export interface SessionInterval {
  readonly seconds: number;
  readonly refresher: 'us' | 'them';
}

export interface SessionExpires {
  readonly seconds: number;
  readonly refresher: 'uac' | 'uas' | null;
}

/** The answer to an INVITE or UPDATE whose session timer cannot be taken. */
export interface SessionTimerRefusal {
  readonly status: 400 | 422;
  readonly reason: string;
  readonly headers: readonly HeaderLine[];
}

/** "Min-SE … the value MUST NOT be less than 90 seconds" (5), its default where there is none. */
const LEAST_SECONDS = 90;
/** "The UAS … SHOULD send a BYE min(32, session interval / 3) seconds before the session expiration" (10). */
const EXPIRY_MARGIN_SECONDS = 32;
/** Thirty years: more is no time. */
const MAX_SECONDS = 10 ** 9;

/** `1800;refresher=uac`; null: malformed. */
function parseSessionExpires(value: string): SessionExpires | null {
  const found = readInterval(value);
  if (found === null) return null;
  const refresher = found.parameters.get('refresher')?.toLowerCase() ?? null;
  if (refresher === null || refresher === 'uac' || refresher === 'uas') return { seconds: found.seconds, refresher };
  return null;
}

/** Min-SE of a message; null: none, or malformed. */
function minSeOf(message: SipHeaders): number | null {
  const value = message.header('min-se');
  return value === null ? null : (readInterval(value)?.seconds ?? null);
}

function readInterval(value: string): { seconds: number; parameters: ReadonlyMap<string, string> } | null {
  const semicolon = value.indexOf(';');
  const digits = (semicolon < 0 ? value : value.slice(0, semicolon)).trim();
  const seconds = parseDecimal(digits, MAX_SECONDS);
  const parameters = semicolon < 0 ? new Map<string, string>() : parseHeaderParameters(value, semicolon);
  return seconds === null || parameters === null ? null : { seconds, parameters };
}

/**
 * Why an INVITE or UPDATE is refused: a Session-Expires that cannot be read (400), or one below our
 * minimum: "the UAS MAY reject the request with a 422 … MUST contain a Min-SE" (9). Null: it passes.
 */
export function sessionTimerFault(
  { mode, minimumSeconds }: SessionTimerSettings,
  request: SipHeaders,
): SessionTimerRefusal | null {
  const value = request.header('session-expires');
  if (value === null || !isUsed(mode, request)) return null;
  const offered = parseSessionExpires(value);
  if (offered === null) return { status: 400, reason: 'Malformed Session-Expires header', headers: [] };
  if (offered.seconds >= minimumSeconds) return null;
  return { status: 422, reason: 'Session Interval Too Small', headers: [['Min-SE', String(minimumSeconds)]] };
}

/**
 * What a 2xx of ours says, and the timer that begins with it; null: none (9, table 2).
 *
 *   UAC supports?  refresher in the request   refresher in the response
 *         N                none                         uas
 *         Y                none                         uas (our choice: who is asked last, knows)
 *         Y                uac                          uac
 *         Y                uas                          uas
 */
export function acceptSession(settings: SessionTimerSettings, request: SipHeaders): SessionInterval | null {
  const { mode, expiresSeconds, minimumSeconds } = settings;
  const supports = namesOption(request, 'supported', 'timer') || namesOption(request, 'require', 'timer');
  const value = request.header('session-expires');
  const offered = value === null ? null : parseSessionExpires(value);
  if (!isUsed(mode, request) || (offered === null && !supports && mode !== 'always')) return null;
  const least = Math.max(minSeOf(request) ?? LEAST_SECONDS, minimumSeconds);
  const wanted = Math.max(expiresSeconds, least);
  // "The UAS … MUST NOT increase the value of the Session-Expires", nor go below Min-SE.
  const seconds = offered === null ? wanted : Math.max(Math.min(wanted, offered.seconds), LEAST_SECONDS);
  return { seconds, refresher: supports && offered?.refresher === 'uac' ? 'them' : 'us' };
}

/** With the timer off, one that the caller requires is kept nevertheless: we understand `timer`. */
function isUsed(mode: SessionTimerSettings['mode'], request: SipHeaders): boolean {
  return mode !== 'off' || namesOption(request, 'require', 'timer');
}

/**
 * Headers of the 2xx to `request`. "If the refresher … is 'uac', the UAS MUST place a Require header
 * field into the response with the value 'timer'"; for 'uas' only a UAC that knows it may be required.
 */
export function acceptLines({ seconds, refresher }: SessionInterval, request: SipHeaders): readonly HeaderLine[] {
  const supports = namesOption(request, 'supported', 'timer') || namesOption(request, 'require', 'timer');
  return [
    ...(supports ? [['Require', 'timer'] as const] : []),
    ['Session-Expires', `${seconds};refresher=${refresher === 'us' ? 'uas' : 'uac'}`],
  ];
}

/** What our INVITE, re-INVITE or UPDATE says. `refresher` null: the peer may choose. */
export function offerLines(
  seconds: number,
  minimumSeconds: number,
  refresher: SessionInterval['refresher'] | null,
): readonly HeaderLine[] {
  const who = refresher === null ? '' : `;refresher=${refresher === 'us' ? 'uac' : 'uas'}`;
  return [
    ['Supported', 'timer'],
    ['Session-Expires', `${seconds}${who}`],
    ...(minimumSeconds === LEAST_SECONDS ? [] : [['Min-SE', String(minimumSeconds)] as const]),
  ];
}

/**
 * The timer that a 2xx to our request begins (7.2): "If the 2xx response did not contain a
 * Session-Expires header field, there is no session expiration"; with `always` we refresh all the same.
 */
export function agreedSession(
  { mode }: SessionTimerSettings,
  offeredSeconds: number,
  response: SipHeaders,
): SessionInterval | null {
  const value = response.header('session-expires');
  const said = value === null ? null : parseSessionExpires(value);
  if (said === null) return mode === 'always' ? { seconds: offeredSeconds, refresher: 'us' } : null;
  // "…MUST NOT be less than 90 seconds" (4, 5): a peer that says 1 s would draw a refresh each half second.
  return { seconds: Math.max(said.seconds, LEAST_SECONDS), refresher: said.refresher === 'uas' ? 'them' : 'us' };
}

/** The interval to try next after a 422, or null: no Min-SE, no higher one, or past what we take. */
export function raisedSeconds(
  { maximumSeconds }: SessionTimerSettings,
  triedSeconds: number,
  response: SipHeaders,
): number | null {
  const least = minSeOf(response);
  return least === null || least <= triedSeconds || least > maximumSeconds ? null : least;
}

/** From the newest refresh to ours: "it is RECOMMENDED that the refresh be sent once half the session interval has elapsed". */
export function refreshDelayMs({ seconds }: SessionInterval): number {
  return seconds * 500;
}

/** From the newest refresh to the end of a session that nobody refreshed. */
export function expiryDelayMs({ seconds, refresher }: SessionInterval): number {
  const margin = refresher === 'us' ? 0 : Math.min(EXPIRY_MARGIN_SECONDS, seconds / 3);
  return (seconds - margin) * 1000;
}
