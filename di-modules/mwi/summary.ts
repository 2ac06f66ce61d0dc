/** The message summary (RFC 3842 5.2), and how many messages there are. */
import { type DiValue, printUri, type SipBody, type SipUri } from '../../core/index.ts';

export const summaryType = 'application/simple-message-summary';

export interface Counts {
  readonly fresh: number;
  readonly old: number;
}

/** What `userdir_open` gave. A user without a folder has no messages; empty ones do not count (applications 7.6). */
export function countsOf(answer: DiValue): Counts {
  const [, messages] = Array.isArray(answer) ? answer : [];
  let fresh = 0;
  let old = 0;
  for (const entry of Array.isArray(messages) ? messages : []) {
    const [, unread, size] = Array.isArray(entry) ? entry : [];
    if (typeof size !== 'number' || size === 0) continue;
    if (unread === 1) fresh++;
    else old++;
  }
  return { fresh, old };
}

/** `urgent`: what stands in brackets, new and old messages that are urgent. */
export function summary(account: string, { fresh, old }: Counts, urgent: Counts): SipBody {
  const lines = [
    `Messages-Waiting: ${fresh > 0 ? 'yes' : 'no'}`,
    `Message-Account: ${account}`,
    `Voice-Message: ${fresh}/${old} (${urgent.fresh}/${urgent.old})`,
  ];
  return { contentType: summaryType, content: new TextEncoder().encode(`${lines.join('\r\n')}\r\n`) };
}

export const noneUrgent: Counts = { fresh: 0, old: 0 };

/** `sip:user@domain`, whatever characters the user has. */
export function accountUri(user: string, domain: string, scheme = 'sip'): string {
  const uri: SipUri = {
    scheme,
    user,
    password: null,
    host: domain,
    port: null,
    parameters: new Map(),
    headers: new Map(),
  };
  return printUri(uri);
}
