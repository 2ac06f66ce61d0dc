/** The call that is under way. */
import { useState } from 'preact/hooks';
import { Button, Field, Meter, toast } from '../shell/index.ts';
import { durationText } from '../shell/text.ts';
import type { CallQuality, PhoneCall, PhoneCallState } from '../sip/index.ts';
import { Icon } from './icons.tsx';
import { Keypad } from './keypad.tsx';

const words: { readonly [state in PhoneCallState]: string } = {
  microphone: 'Waiting for the microphone: allow it where the browser asks',
  calling: 'Calling…',
  ringing: 'Ringing…',
  connecting: 'Answered, the sound is on its way…',
  talking: 'Connected',
  ended: 'Ended',
};

export function CallCard({ call }: { readonly call: PhoneCall }) {
  const [shown, setShown] = useState<'keypad' | 'transfer' | null>(null);
  const [keys, setKeys] = useState('');
  const state = call.state.value;
  const isUp = state === 'talking' || state === 'connecting';
  const toggle = (what: 'keypad' | 'transfer'): void => setShown(shown === what ? null : what);
  return (
    <section class="card call" aria-label="Call">
      <div class="call-head">
        <h2>{call.target}</h2>
        <p class="call-state" role="status" aria-live="polite">
          {call.held.value ? 'On hold' : words[state]}
        </p>
        {isUp ? (
          <p class="call-time" role="timer" aria-label="Duration">
            {durationText(call.seconds.value * 1000)}
          </p>
        ) : null}
      </div>
      <div class="stack meters">
        <Meter label="You" value={call.muted.value ? 0 : call.levelOut.value} />
        <Meter label="Heard" value={call.levelIn.value} />
        <Quality quality={call.quality.value} />
      </div>
      <div class="call-buttons">
        <Button pressed={call.muted.value} onClick={() => call.mute()}>
          <Icon name="mute" />
          {call.muted.value ? 'Muted' : 'Mute'}
        </Button>
        <Button pressed={call.held.value} disabled={state !== 'talking'} onClick={() => call.hold()}>
          <Icon name="hold" />
          {call.held.value ? 'Resume' : 'Hold'}
        </Button>
        <Button pressed={shown === 'keypad'} disabled={!isUp} onClick={() => toggle('keypad')}>
          <Icon name="keypad" />
          Keypad
        </Button>
        <Button pressed={shown === 'transfer'} disabled={state !== 'talking'} onClick={() => toggle('transfer')}>
          <Icon name="transfer" />
          Transfer
        </Button>
      </div>
      {shown === 'keypad' ? (
        <div class="stack">
          <output class="keys-sent" aria-label="Keys sent">
            {keys}
          </output>
          <Keypad
            keyboard
            onKey={(key) => {
              call.sendKey(key);
              setKeys((before) => (before + key).slice(-24));
            }}
          />
        </div>
      ) : null}
      {shown === 'transfer' ? <TransferForm call={call} /> : null}
      <Button kind="danger" size="large" class="hang-up" onClick={() => call.hangUp()}>
        <Icon name="hangUp" />
        Hang up
      </Button>
    </section>
  );
}

function TransferForm({ call }: { readonly call: PhoneCall }) {
  const [target, setTarget] = useState('');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  async function submit(): Promise<void> {
    setBusy(true);
    setFault('');
    try {
      await call.transfer(target);
      toast('Transferred.', 'good');
    } catch (reason) {
      setFault(reason instanceof Error ? reason.message : String(reason));
    }
    setBusy(false);
  }
  return (
    <form
      class="address-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Field
        label="Transfer to"
        value={target}
        onInput={setTarget}
        placeholder="sip:bob@example.com"
        autoFocus
        {...(fault === '' ? {} : { fault })}
      />
      <Button kind="primary" type="submit" disabled={busy || target.trim() === ''}>
        {busy ? 'Transferring…' : 'Transfer'}
      </Button>
    </form>
  );
}

const grades = { good: 'Good sound', fair: 'Fair sound', poor: 'Poor sound' } as const;
const tones = { good: 'good', fair: 'warn', poor: 'bad' } as const;

function Quality({ quality }: { readonly quality: CallQuality | null }) {
  if (quality === null) return <p class="quality hint">Quality is measured from the first seconds on.</p>;
  const { codec, roundTripMs, jitterMs, lossIn, mosAtServer, grade } = quality;
  const figures = [
    codec,
    roundTripMs === null ? '' : `${roundTripMs} ms there and back`,
    jitterMs === null ? '' : `${jitterMs} ms jitter`,
    `${(lossIn * 100).toFixed(lossIn > 0 && lossIn < 0.1 ? 1 : 0)} % lost`,
    mosAtServer === null ? '' : `MOS ${mosAtServer.toFixed(1)} at the server`,
  ].filter((text) => text !== '');
  return (
    <p class="quality hint">
      <span class={`badge ${tones[grade]}`}>{grades[grade]}</span> {figures.join(' · ')}
    </p>
  );
}
