import type { ReadyReport } from '../main.ts';
import { formatHost } from '../runtime/index.ts';

/** Three things to dial and one line to control it, for a person at a terminal. */
export function printWelcome(ready: ReadyReport, write: (text: string) => void): void {
  const sip = ready.sip[0];
  const where = sip === undefined ? '' : `@${shownHost(sip.address)}${sip.port === 5060 ? '' : `:${sip.port}`}`;
  const dial = [
    ['echo', 'hear yourself'],
    ['500', 'a conference room; any 5xx is one'],
    ['welcome', 'an announcement'],
  ].map(([user, what]) => `  sip:${`${user}${where}`.padEnd(28)} ${what}`);
  const curl =
    ready.http === null
      ? []
      : [
          'Then:',
          `  curl -s ${ready.http}/jsonrpc -H 'Content-Type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"monitoring.listActive"}'`,
        ];
  write(`${['', 'Dial with any softphone:', ...dial, ...curl, ''].join('\n')}\n`);
}

/** What a softphone on this machine dials. */
function shownHost(address: string): string {
  return address === '0.0.0.0' ? '127.0.0.1' : formatHost(address === '::' ? '::1' : address);
}
