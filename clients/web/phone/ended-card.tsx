/** How the last call ended, what to do, and the lines that would have done the same. */
import { Lines } from '../lines/index.tsx';
import { Button } from '../shell/index.ts';
import { durationText } from '../shell/text.ts';
import type { PhoneCall } from '../sip/index.ts';
import { dial } from './dial-card.tsx';
import { sameCalls } from './same.ts';

export function EndedCard({ call }: { readonly call: PhoneCall }) {
  const ending = call.ending.value;
  if (ending === null) return null;
  const hasFailed = ending.kind === 'failed';
  const noMicrophone = hasFailed && call.remoteTag.value === null && /listen only/.test(ending.advice);
  return (
    <section class={`card ended ${ending.kind}`} aria-label="Last call">
      <div role={hasFailed ? 'alert' : 'status'}>
        <h2>{ending.what}</h2>
        <p class="hint">
          {ending.advice === '' ? `${call.target}, ${durationText(call.seconds.value * 1000)}` : ending.advice}
        </p>
      </div>
      <div class="actions">
        <Button kind={hasFailed ? 'primary' : 'quiet'} onClick={() => dial(call.target)}>
          Call {call.target} again
        </Button>
        {noMicrophone ? <Button onClick={() => dial(call.target, { listenOnly: true })}>Listen only</Button> : null}
      </div>
      {hasFailed && call.remoteTag.value === null ? null : (
        <details class="same">
          <summary>The same by RPC</summary>
          <div class="stack">
            {sameCalls(call.target, call.remoteTag.value, location.hostname).map(({ title, method, params, order }) => (
              <Lines key={method} title={title} method={method} params={params} order={order} />
            ))}
          </div>
        </details>
      )}
    </section>
  );
}
