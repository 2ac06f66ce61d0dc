/**
 * By what the server knows which calls are this tab's, when it was let in by the link of a room alone: the key goes with
 * the sign-in, its digest with the call.
 */
import { rememberedInTab } from '../shell/index.ts';

export interface GuestKey {
  readonly key: string;
  /** Headers for an INVITE; empty where the browser has no digests, on pages without TLS. */
  headers(): readonly string[];
}

export function guestKey(): GuestKey {
  const kept = rememberedInTab('guest');
  const key = kept.get() === '' ? hex(crypto.getRandomValues(new Uint8Array(16))) : kept.get();
  kept.set(key);
  let headers: readonly string[] = [];
  void crypto.subtle?.digest('SHA-256', new TextEncoder().encode(key)).then((digest) => {
    headers = [`X-Guest: ${hex(new Uint8Array(digest))}`];
  });
  return { key, headers: () => headers };
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
