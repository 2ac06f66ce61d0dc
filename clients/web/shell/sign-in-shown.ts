import { signal } from '@preact/signals';

/** Somebody wants to sign in who need not, or not here. */
export const signInShown = signal(false);
