/** What a refusal of a request of ours says of the call whose dialog it was sent in (RFC 5057 5.1, RFC 3261 12.2.1.2). */

/**
 * 408 and 481: "the UAC SHOULD terminate the dialog"; 404, 410, 416, 482–485, 502 and 604 end the dialog, 480
 * the usage of its request.
 */
const ending: ReadonlySet<number> = new Set([404, 408, 410, 416, 480, 481, 482, 483, 484, 485, 502, 604]);
/** Requests of usages of their own: their refusals concern a subscription. */
const ofSubscriptions: ReadonlySet<string> = new Set(['SUBSCRIBE', 'NOTIFY']);
/** Requests about somebody or something else: many peers answer for that, with 404 or 480. */
const aboutOthers: ReadonlySet<string> = new Set(['REFER', 'MESSAGE']);

/** Is the call over for the peer? Any other refusal leaves it as it was. */
export function endsCall(method: string, status: number): boolean {
  if (ofSubscriptions.has(method)) return false;
  return aboutOthers.has(method) ? status === 481 : ending.has(status);
}
