import { useState } from 'preact/hooks';
import { bus, sentenceOf } from '../../bus/index.ts';
import { Lines } from '../../lines/index.tsx';
import { Button, Dialog, Field, toast } from '../../shell/index.ts';
import { partyText } from '../text.ts';
import type { CallRow } from './live-calls.ts';
import { showEnding } from './store.ts';

/** Ends a call, after asking: a conversation cannot be brought back. Nothing where the right is missing. */
export function EndButton({ call, size }: { readonly call: CallRow; readonly size?: 'small' }) {
  const [asking, setAsking] = useState(false);
  if (!bus.may('call:control')) return null;
  const who = `${partyText(call.from)} to ${partyText(call.to)}`;
  return (
    <>
      <Button
        {...(size === undefined ? { kind: 'danger' } : { size })}
        class="end"
        label={`End the call from ${who}`}
        disabled={call.state === 'ending' || call.state === 'ended'}
        onClick={() => setAsking(true)}
      >
        End
      </Button>
      {asking ? <EndDialog call={call} who={who} onClose={() => setAsking(false)} /> : null}
    </>
  );
}

function EndDialog({
  call,
  who,
  onClose,
}: {
  readonly call: CallRow;
  readonly who: string;
  readonly onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const params = { call: call.call, ...(reason === '' ? {} : { reason }) };
  const end = (): void => {
    onClose();
    bus.call('call.end', params).then(
      () => showEnding(call.call),
      (fault: unknown) => toast(sentenceOf(fault), 'bad'),
    );
  };
  return (
    <Dialog title="End this call?" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          end();
        }}
      >
        <p>From {who}.</p>
        <Field
          label="Reason"
          value={reason}
          onInput={(text) => setReason(text.slice(0, 200))}
          hint="Stands in the why of its event. May be left empty."
        />
        <Lines method="call.end" params={params} order={['call', 'reason', 'status']} />
        <div class="actions">
          <Button kind="danger" type="submit">
            End the call
          </Button>
          <Button onClick={onClose}>Keep it</Button>
        </div>
      </form>
    </Dialog>
  );
}
