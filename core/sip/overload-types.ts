/** Load shedding as the owner of the stack sees it. */

/** What load shedding does. */
export interface OverloadState {
  readonly active: boolean;
  /** Share of new requests that is refused, 0 to 1. */
  readonly share: number;
  /** Of the event loop, when it was last looked at, ms. */
  readonly lagMs: number;
  readonly busyFraction: number;
  /** Requests refused since the start. */
  readonly shed: number;
}

export interface SipOverload {
  readonly state: OverloadState;
  /** The state, with the load of the loop until now. */
  look(): OverloadState;
  /** `sip.overload.exempt` names this Request-URI: no limit applies to it. */
  exempts(uri: string): boolean;
  /** Shedding began or ended. */
  onChange: (state: OverloadState) => void;
}
