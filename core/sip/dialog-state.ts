/**
 * The state of an INVITE dialog as its owner sees it (RFC 3261 12, 13).
 *
 *            101-199           2xx
 *   calling ---------> early ---------> confirmed
 *      |  \______________|__2xx__________^   |
 *      |                 |                   | BYE either way
 *      | refused, cancelled, timed out       v
 *      '-----------------'-------------> terminated
 */
import type { Machine } from './machine.ts';
import type { DialogState } from './types.ts';

export type DialogInput = 'provisional' | 'answer' | 'end';

export const dialogMachine: Machine<DialogState, DialogInput, never> = {
  calling: { provisional: ['early', []], answer: ['confirmed', []], end: ['terminated', []] },
  early: { provisional: ['early', []], answer: ['confirmed', []], end: ['terminated', []] },
  confirmed: { end: ['terminated', []] },
  terminated: {},
};
