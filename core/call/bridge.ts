import { CodedError, type Disposable, type Why } from '../runtime/index.ts';
import type { LayeredCall } from './call.ts';
import type { Call } from './types.ts';

interface Leg {
  readonly call: Call;
  /** The playlist entry that carries the private room. */
  readonly item: number;
  readonly onEnd: () => void;
}

/** Two calls as one: who they are may change while it lasts (a transfer). */
export class CallBridge implements Disposable {
  readonly #room: string;
  readonly #legs = new Map<Call, Leg>();
  /** Calls whose end does not end the other one: somebody else is about to take their place. */
  readonly #spared = new Set<Call>();
  #undone = false;

  constructor(room: string) {
    this.#room = room;
  }

  /** The call that `call` is connected to, or null. */
  partnerOf(call: Call): Call | null {
    return [...this.#legs.keys()].find((each) => each !== call) ?? null;
  }

  /** Does the end of `call` end the other one? Not when it has left, or somebody is about to take its place. */
  endsOther(call: Call): boolean {
    return this.#legs.has(call) && !this.#spared.has(call);
  }

  add(call: Call): void {
    const { item } = call.playItem({ kind: 'room', room: this.#room, listenOnly: false });
    const leg: Leg = { call, item, onEnd: () => this.#ended(call) };
    this.#legs.set(call, leg);
    if (call.signal.aborted) leg.onEnd();
    else call.signal.addEventListener('abort', leg.onEnd, { once: true });
  }

  /** While somebody may take the place of `call`, its end leaves the other one waiting. Undone by the result. */
  spare(call: Call): () => void {
    this.#spared.add(call);
    return () => {
      if (this.#spared.delete(call) && call.signal.aborted) this.#ended(call);
    };
  }

  /** `heir` takes the place of `call`. @throws CodedError `call.ended`, `call.wrongState`. */
  replace(call: Call, heir: LayeredCall): void {
    if (this.#undone) return;
    const partner = this.partnerOf(call);
    this.#remove(call);
    this.add(heir);
    heir.currentBridge = this;
    if (partner === null) return;
    heir.session.otherTag = partner.tag;
    partner.session.otherTag = heir.tag;
    heir.services.linked(heir, partner);
  }

  dispose(): void {
    if (this.#undone) return;
    this.#undone = true;
    for (const call of [...this.#legs.keys()]) this.#remove(call);
  }

  #remove(call: Call): void {
    const leg = this.#legs.get(call);
    if (leg === undefined) return;
    this.#legs.delete(call);
    call.signal.removeEventListener('abort', leg.onEnd);
    call.session.media?.removeItem(leg.item);
    call.session.otherTag = null;
    this.#spared.delete(call);
  }

  #ended(call: Call): void {
    if (this.#undone || this.#spared.has(call)) return;
    this.#undone = true;
    const why: Why = { code: 'call.otherLeg', sentence: 'The other leg of the call ended.', cause: call.tag };
    this.partnerOf(call)?.hangup(why);
  }
}

/**
 * Connects the audio of two calls through a private room of two; either's end ends the other. What
 * is queued in a playlist plays first. Undone (the calls go on apart) by the result.
 * @throws CodedError `call.ended`, `call.wrongState`.
 */
export function bridgeCalls(call: LayeredCall, other: Call): Disposable {
  if (other.tag === call.tag) throw new CodedError('call.wrongState', 'a call cannot be bridged to itself');
  const { privateRoom, linked, layered } = call.services;
  const bridge = new CallBridge(privateRoom());
  for (const leg of [call, other]) {
    bridge.add(leg);
    const own = layered(leg.tag);
    if (own !== null) own.currentBridge = bridge;
  }
  call.session.otherTag = other.tag;
  other.session.otherTag = call.tag;
  linked(call, other);
  return bridge;
}
