/**
 * A coupled call whose two legs both end here (`media: engine`): each has an offer, an answer, keys and codecs of
 * its own, and the media engine joins them. So a browser (ICE, DTLS-SRTP, Opus) talks to any phone.
 *
 *     A ──INVITE──► our answer is made ready (488 before anybody rings) ──INVITE with our offer──► B
 *       ◄─18x─────────────────────────────────────────────────────────18x─
 *       ◄─183, our answer─── bridge ──────────────────── 18x with an answer
 *       ◄─200, our answer─── bridge ──────────────────────────────────200─
 *
 * re-INVITE, UPDATE, INFO and REFER end here, too: who is put on hold by one side is told so by a re-INVITE of ours and
 * hears what that side plays, keys that are no tones are sent anew, a followed REFER puts another call in the place of the one that it was sent on.
 */
import { CodedError } from '../runtime/index.ts';
import { browserOffer, parseSdp } from '../sdp/index.ts';
import type { HeaderLine } from '../sip/index.ts';
import { normalHeaderName } from '../sip/index.ts';
import { CallBridge } from './bridge.ts';
import { isBrowserFlow } from './browser-leg.ts';
import type { LayeredCall } from './call.ts';
import type { RouteDecision } from './leg-hooks.ts';
import { findSdp } from './sdp-body.ts';
import type { CallEvent, EventVerdict } from './types.ts';

/** `auto` becomes `engine` where a side is a browser: its audio can be passed to nobody else as it is. */
export function mediaModeOf({ media, targets }: RouteDecision, a: LayeredCall): 'bypass' | 'relay' | 'engine' {
  if (media !== 'auto') return media;
  return isBrowser(a) || targets.some(isBrowserTarget) ? 'engine' : 'relay';
}

function isBrowser({ session: { dialog } }: LayeredCall): boolean {
  const sdp = findSdp(dialog.invite);
  if (sdp.kind !== 'sdp') return isBrowserFlow(dialog.flow);
  try {
    return browserOffer(parseSdp(sdp.text)) !== null;
  } catch (fault) {
    // A browser's description that lacks something is refused where it is answered.
    return fault instanceof CodedError && fault.code === 'sdp.webRtc';
  }
}

function isBrowserTarget({ requestUri, nextHop = '' }: RouteDecision['targets'][number]): boolean {
  return /;transport=wss?(?:[;?>]|$)/i.test(requestUri) || /\/wss?$/i.test(nextHop);
}

/** Headers that tell what a peer's own SIP can do: of a leg that ends here they say nothing. */
const abilities: ReadonlySet<string> = new Set([
  ...['supported', 'k', 'require', 'unsupported', 'allow', 'allow-events', 'u', 'accept', 'accept-encoding'],
  ...['recv-info', 'content-disposition', 'content-encoding', 'e', 'mime-version', 'refer-to', 'r', 'replaces', 'join'],
]);

export function withoutAbilities(headers: readonly HeaderLine[]): readonly HeaderLine[] {
  return headers.filter(([name]) => !abilities.has(normalHeaderName(name)));
}

/** What the other side of a leg was told about a hold of its peer. */
interface Hold {
  told: 'sendrecv' | 'sendonly' | 'inactive';
  wanted: Hold['told'];
  isTelling: boolean;
}

/** Two legs as one call, joined by the media engine. */
export class EngineBridge {
  readonly #a: LayeredCall;
  #b: LayeredCall | null = null;
  #bridge: CallBridge | null = null;
  #isEarly = false;
  readonly #holds = new Map<LayeredCall, Hold>();

  constructor(a: LayeredCall) {
    this.#a = a;
  }

  /** The answer to A's offer, before anybody rings for it. @throws CodedError `sdp.*`, `media.*` (rejects). */
  async prepare(): Promise<void> {
    await this.#a.session.answerBody();
  }

  /** The call that is placed now. */
  place(b: LayeredCall): void {
    this.#b = b;
  }

  /** False: a transfer has put another call in the place of `call`, whose end concerns nobody any more. */
  endsOther(call: LayeredCall): boolean {
    return this.#bridge === null || this.#bridge.endsOther(call);
  }

  onCaller(event: CallEvent): EventVerdict {
    if (event.kind === 'key') this.#passKey(this.#a, event);
    else if (event.kind === 'sessionChanged') this.#passHold(this.#a, event);
    return 'default';
  }

  onCallee(call: LayeredCall, event: CallEvent): EventVerdict {
    if (call !== this.#b) return 'default';
    if (event.kind === 'key') this.#passKey(call, event);
    else if (event.kind === 'sessionChanged') this.#passHold(call, event);
    else if (event.kind === 'sip' && event.event.kind === 'provisional') this.#ring(event.event.response);
    else if (event.kind === 'earlyMedia') this.#answer(() => this.#early(call));
    else if (event.kind === 'sessionStart') this.#answer(() => this.#accept(call));
    return 'default';
  }

  /** 101–199 of B; its media, if any, come with `earlyMedia`. */
  #ring({ status, reason }: { readonly status: number; readonly reason: string }): void {
    const { session } = this.#a;
    const isNews = session.state === 'new' || session.state === 'early';
    if (status > 100 && isNews && !this.#isEarly) session.reply(status, reason);
  }

  /** What comes before the answer is heard; of several answers the first opens the way, and the newest plays. */
  async #early(b: LayeredCall): Promise<void> {
    const { session } = this.#a;
    // An offer of ours in a 183 needs an answer before anything can be heard.
    if (this.#isEarly || session.state === 'connected' || session.dialog.invite.body.length === 0) return;
    this.#isEarly = true;
    await this.#a.early();
    this.#join(b);
  }

  async #accept(b: LayeredCall): Promise<void> {
    await this.#a.accept();
    this.#join(b);
  }

  #join(b: LayeredCall): void {
    if (this.#bridge !== null || b.signal.aborted || this.#a.signal.aborted) return;
    const bridge = new CallBridge(this.#a.services.privateRoom());
    this.#bridge = bridge;
    for (const call of [this.#a, b]) {
      bridge.add(call);
      call.currentBridge = bridge;
    }
  }

  #answer(run: () => Promise<void>): void {
    run().catch((fault) => this.#a.session.fail(fault));
  }

  /**
   * The peer of `from` has put us on hold, or has ended it: the other side is told, with the direction that is left for it
   * (RFC 3264 8.4): it may still hear music of the one who holds.
   */
  #passHold(from: LayeredCall, { held, parameters }: Extract<CallEvent, { readonly kind: 'sessionChanged' }>): void {
    const hold = this.#holds.get(from) ?? { told: 'sendrecv', wanted: 'sendrecv', isTelling: false };
    this.#holds.set(from, hold);
    hold.wanted = held ? (parameters.direction === 'inactive' ? 'inactive' : 'sendonly') : 'sendrecv';
    if (!hold.isTelling) void this.#tellHold(from, hold);
  }

  /** One re-INVITE after the other, until the other side was told the newest. One that refuses hears silence. */
  async #tellHold(from: LayeredCall, hold: Hold): Promise<void> {
    hold.isTelling = true;
    while (hold.told !== hold.wanted) {
      const { wanted } = hold;
      const other = this.#bridge?.partnerOf(from) ?? null;
      hold.told = wanted;
      if (other === null || other.signal.aborted) break;
      const telling = wanted === 'sendrecv' ? other.resume() : other.hold({ direction: wanted });
      await telling.catch((fault) => from.log.info('a hold was not passed on', { fault: String(fault) }));
    }
    hold.isTelling = false;
  }

  /** Tones pass with the audio; all other keys were taken out of it. */
  #passKey(from: LayeredCall, { key, source, durationMs }: Extract<CallEvent, { readonly kind: 'key' }>): void {
    const to = this.#bridge?.partnerOf(from);
    if (to && source !== 'inband') to.sendKeys(key, { durationMs: Math.min(Math.max(durationMs, 70), 2000) });
  }
}
