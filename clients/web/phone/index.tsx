/** The phone page: something to call, the call, and the RPC lines that would have done the same. */
import { Page } from '../shell/index.ts';
import { line } from '../sip/index.ts';
import { CallCard } from './call-card.tsx';
import { DialCard } from './dial-card.tsx';
import { EndedCard } from './ended-card.tsx';
import { InsecureNotice } from './insecure.tsx';
import { Settings } from './settings.tsx';

export function PhonePage() {
  const call = line.call.value;
  const isOver = call === null || call.state.value === 'ended';
  return (
    <Page title="Phone" hideTitle>
      <InsecureNotice />
      <div class="phone">
        <div class="stack">
          {call !== null && !isOver ? <CallCard key={call.target} call={call} /> : null}
          {call !== null && isOver ? <EndedCard call={call} /> : null}
          {isOver ? <DialCard /> : null}
        </div>
        <Settings />
      </div>
    </Page>
  );
}
