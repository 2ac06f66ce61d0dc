import { signal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Button, Meter, Select } from '../shell/index.ts';
import { line } from '../sip/index.ts';

/** Hears the microphone before anybody else does. `active`: false leaves it to the call. */
export function MicCheck({ active }: { readonly active: boolean }) {
  const [check, setCheck] = useState<(() => void) | null>(null);
  const [fault, setFault] = useState('');
  const level = useMemo(() => signal(0), []);
  const { microphones, microphone } = line.devices;

  async function start(): Promise<void> {
    setFault('');
    try {
      const stop = await line.checkMicrophone(level);
      setCheck(() => stop);
    } catch (reason) {
      setFault(reason instanceof Error ? reason.message : String(reason));
    }
  }
  useEffect(() => {
    if (!active) setCheck(null);
  }, [active]);
  useEffect(() => () => check?.(), [check]);

  const choice = microphones.value.length > 1;
  return (
    <fieldset class="mic-check">
      <legend>Microphone</legend>
      {choice ? (
        <Select
          label="Which one"
          hideLabel
          value={microphone.value}
          options={[
            { value: '', text: 'As the system says' },
            ...microphones.value.map(({ id, name }) => ({ value: id, text: name })),
          ]}
          onChange={(id) => {
            line.devices.chooseMicrophone(id);
            if (check !== null) void start();
          }}
        />
      ) : null}
      {check === null ? (
        <Button onClick={() => void start()} disabled={!active}>
          Check the microphone
        </Button>
      ) : (
        <>
          <Meter label="Your voice" value={level.value} />
          <p class="hint" role="status">
            {level.value > 0.35 ? 'We hear you.' : 'Say something: the bar should move.'}
          </p>
        </>
      )}
      {fault === '' ? null : (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
    </fieldset>
  );
}
