/** What can be called: yourself, a room, an announcement, an address. */
import { useState } from 'preact/hooks';
import { Button, Card, Field, navigate, remembered } from '../shell/index.ts';
import { type DialOptions, line, type PhoneCall } from '../sip/index.ts';
import { Icon } from './icons.tsx';
import { Keypad } from './keypad.tsx';

const keptRoom = remembered('room');
const keptAddress = remembered('address');
export const keptName = remembered('name');

/** From a click, with the name of the settings. */
export function dial(target: string, options: DialOptions = {}): PhoneCall {
  const displayName = keptName.get();
  return line.dial(target, { ...(displayName === '' ? {} : { displayName }), ...options });
}

export function DialCard() {
  return (
    <>
      <section class="card hero" aria-label="First call">
        <Button kind="primary" class="tile echo" onClick={() => dial('echo')}>
          <Icon name="echo" />
          <span class="tile-text">
            Echo<small>Hear yourself</small>
          </span>
        </Button>
        <Button class="tile" onClick={() => dial('welcome')}>
          <Icon name="announcement" />
          <span class="tile-text">
            Announcement<small>Hear a recording</small>
          </span>
        </Button>
        <RoomForm />
      </section>
      <AddressForm />
    </>
  );
}

function RoomForm() {
  const [room, setRoom] = useState(keptRoom.get() === '' ? 'lobby' : keptRoom.get());
  const isGood = /^[\w.-]{1,64}$/.test(room);
  return (
    <form
      class="room-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isGood) return;
        keptRoom.set(room);
        navigate(`/c/${encodeURIComponent(room)}`);
      }}
    >
      <Icon name="room" />
      <Field
        label="Room"
        value={room}
        onInput={(text) => setRoom(text.trim())}
        {...(isGood || room === '' ? {} : { fault: 'Letters, digits, dot, hyphen and underscore.' })}
      />
      <Button type="submit" disabled={!isGood}>
        Join room
      </Button>
    </form>
  );
}

function AddressForm() {
  const [address, setAddress] = useState(keptAddress.get());
  const [showKeys, setShowKeys] = useState(false);
  return (
    <Card title="Call an address">
      <form
        class="address-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (address.trim() === '') return;
          keptAddress.set(address.trim());
          dial(address);
        }}
      >
        <Field
          label="Name, number or SIP address"
          value={address}
          onInput={setAddress}
          placeholder="sip:bob@example.com"
          inputMode="url"
        />
        <div class="actions">
          <Button kind="primary" type="submit" disabled={address.trim() === ''}>
            <Icon name="phone" />
            Call
          </Button>
          <Button pressed={showKeys} onClick={() => setShowKeys(!showKeys)}>
            <Icon name="keypad" />
            Keypad
          </Button>
        </div>
      </form>
      {showKeys ? <Keypad onKey={(key) => setAddress((before) => before + key)} /> : null}
    </Card>
  );
}
