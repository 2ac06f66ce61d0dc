/** The bus of the server, as the pages see it. */
import type { ReadonlySignal } from '@preact/signals';
import type { EventFilter, EventOf, Events, JsonObject, JsonValue, Methods } from '../../typescript/index.ts';

/** `signIn`: the server wants credentials, and waits for `login`. */
export type BusState = 'connecting' | 'open' | 'lost' | 'signIn';

export type Credentials =
  | { readonly token: string }
  | { readonly user: string; readonly password: string }
  /** A guest; `key`: by which the server knows his calls. */
  | { readonly room: string; readonly pin: string; readonly key?: string };

export interface Bus {
  readonly state: ReadonlySignal<BusState>;
  /** What the caller may do: `module:action`, `*` on either side. Empty until `open`. */
  readonly scopes: ReadonlySignal<readonly string[]>;
  /** Who the server takes us for. */
  readonly name: ReadonlySignal<string>;
  /** Why it is `lost` or `signIn`, and what to do: a sentence, or empty. */
  readonly advice: ReadonlySignal<string>;
  /** Do our scopes cover `webconference:control`? Reads the signal. */
  may(scope: string): boolean;
  /**
   * Arguments by position or by name. Waits for a connection that is being opened again.
   * @throws RpcError (rejects) the server's error. @throws ConnectionFailed (rejects) no answer.
   */
  call<Name extends keyof Methods & string>(
    method: Name,
    params?: Parameters<Methods[Name]> | JsonObject,
  ): Promise<ReturnType<Methods[Name]>>;
  call(method: string, params?: readonly JsonValue[] | JsonObject): Promise<JsonValue>;
  /**
   * Events that the filter (a name, `prefix.*`, `*`) and the members of `match` let through. Goes on after the last one
   * on every new connection. `onGap`: some are lost for good, ask for the state again. `after`: also the kept ones after
   * that id (Unix time in µs). The result ends it.
   */
  subscribe<Filter extends EventFilter<Events>>(
    filter: Filter,
    match: JsonObject | null,
    listener: (event: EventOf<Events, Filter>) => void,
    onGap?: () => void,
    after?: number,
  ): () => void;
  /** Runs now if it is open, and each time that it is opened (again): the place to ask for state. The result ends it. */
  onOpen(listener: () => void): () => void;
  /** Rejects when the server refuses them. They are kept until the tab is closed, never in an address. */
  login(credentials: Credentials): Promise<void>;
  /** Forgets the credentials, and connects without. */
  logout(): void;
}
