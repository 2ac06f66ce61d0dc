import { Avatar } from './avatar.tsx';
import { IconButton } from './icon-button.tsx';
import { Bars, Icon } from './icons.tsx';
import { nameOf } from './names.ts';
import type { Participant } from './room-events.ts';
import { openChat, toggleChosen, useRoomUi } from './room-ui.ts';
import { describe, loudness } from './room-views.ts';
import { useSession } from './use-session.ts';
import { Volumes } from './volumes.tsx';

export interface ParticipantCardProps {
  readonly one: Participant;
  /** The one whose buttons the tab key reaches. */
  readonly current: boolean;
}

/** One participant: who, how loud, hand, floor and talk, and what may be done with it. */
export function ParticipantCard({ one, current }: ParticipantCardProps) {
  const { room, me } = useSession();
  const { chosen } = useRoomUi();
  const control = room.mayControl.value;
  const isMe = one.call === me.value;
  const isChosen = chosen.value.has(one.call);
  const choose = (): void => {
    if (control && one.talk === '') chosen.value = toggleChosen(chosen.peek(), one.call, me.peek());
  };
  return (
    <li>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot have the focus, and arrow keys move it over the cards */}
      <div
        class="person"
        role="group"
        data-call={one.call}
        data-speaking={one.levelDb !== null}
        data-chosen={isChosen}
        data-talk={one.talk !== ''}
        tabIndex={current ? 0 : -1}
        aria-label={`${describe(one, isMe)}${isChosen ? ', chosen' : ''}`}
        onKeyDown={(event) => {
          if (event.target !== event.currentTarget || (event.key !== 'Enter' && event.key !== ' ')) return;
          event.preventDefault();
          choose();
        }}
      >
        <div class="person-row">
          <div class="person-head" onClick={choose} aria-hidden="true">
            <Avatar one={one} />
            <div class="person-words">
              <p class="person-name">
                <span class="person-label">{nameOf(one)}</span>
                {isMe ? <span class="badge">you</span> : null}
              </p>
              <Marks one={one} />
            </div>
            {isChosen ? (
              <span class="chosen-mark">
                <Icon name="check" />
              </span>
            ) : null}
          </div>
          {control ? <QuickActions one={one} isMe={isMe} tabIndex={current ? 0 : -1} /> : null}
        </div>
        {control ? (
          <CardActions one={one} isMe={isMe} isChosen={isChosen} onChoose={choose} tabIndex={current ? 0 : -1} />
        ) : null}
        <VolumesIfOpen one={one} isMe={isMe} />
      </div>
    </li>
  );
}

/** What the card says under the name: words and pictures, never colour alone. */
function Marks({ one }: { readonly one: Participant }) {
  const { room, self } = useSession();
  const hushed = room.state.value.moderated && !one.floor;
  const mine = self.value?.talk ?? '';
  return (
    <p class="person-marks">
      {one.levelDb === null ? null : (
        <span class="person-mark speaking">
          <Bars loud={loudness(one.levelDb)} /> speaking
        </span>
      )}
      {one.muted ? (
        <span class="person-mark muted">
          <Icon name="micOff" /> muted
        </span>
      ) : null}
      {one.floor ? (
        <span class="person-mark floor">
          <Icon name="floor" /> has the floor
        </span>
      ) : null}
      {one.hand > 0 ? (
        <span class="person-mark hand">
          <Icon name="hand" /> {ordinal(one.hand)}
        </span>
      ) : null}
      {one.talk === '' ? null : (
        <span class="person-mark talk">
          <Icon name="private" /> {one.talk === mine ? 'in your private talk' : 'talking in private'}
        </span>
      )}
      {one.levelDb === null && !one.muted && !one.floor && one.hand === 0 && one.talk === '' ? (
        <span class="person-mark quiet">{hushed ? 'listening' : 'quiet'}</span>
      ) : null}
    </p>
  );
}

/** On a phone: the microphone, and the other buttons on demand. */
function QuickActions({ one, isMe, tabIndex }: Pick<CardActionsProps, 'one' | 'isMe' | 'tabIndex'>) {
  const { openCard } = useRoomUi();
  return (
    <>
      <MuteButton one={one} isMe={isMe} tabIndex={tabIndex} class="only-narrow" />
      <IconButton
        icon="more"
        label={`More for ${isMe ? 'yourself' : nameOf(one)}`}
        expanded={openCard.value === one.call}
        class="only-narrow"
        tabIndex={tabIndex}
        onClick={() => {
          openCard.value = openCard.peek() === one.call ? '' : one.call;
        }}
      />
    </>
  );
}

interface MuteButtonProps extends Pick<CardActionsProps, 'one' | 'isMe' | 'tabIndex'> {
  readonly class: string;
}

function MuteButton({ one, isMe, ...rest }: MuteButtonProps) {
  const { room, run, silent, toggleMute } = useSession();
  const muted = isMe ? silent.value : one.muted;
  return (
    <IconButton
      {...rest}
      icon={muted ? 'micOff' : 'mic'}
      label={`${muted ? 'Unmute' : 'Mute'} ${isMe ? 'yourself' : nameOf(one)}`}
      pressed={muted}
      onClick={() => (isMe ? toggleMute() : void run(room.setMuted(one.call, !one.muted)))}
    />
  );
}

interface CardActionsProps {
  readonly one: Participant;
  readonly isMe: boolean;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly tabIndex: number;
}

function CardActions({ one, isMe, isChosen, onChoose, tabIndex }: CardActionsProps) {
  const { room, run } = useSession();
  const ui = useRoomUi();
  const { dialog, openCard, volumeOf } = ui;
  const name = isMe ? 'yourself' : nameOf(one);
  const { moderated } = room.state.value;
  return (
    <div class="person-actions" data-open={openCard.value === one.call}>
      <MuteButton one={one} isMe={isMe} tabIndex={tabIndex} class="only-wide" />
      <IconButton
        icon="volume"
        label={`Volumes of ${name}`}
        expanded={volumeOf.value === one.call}
        tabIndex={tabIndex}
        onClick={() => {
          volumeOf.value = volumeOf.peek() === one.call ? '' : one.call;
        }}
      />
      {moderated || one.floor || one.hand > 0 ? (
        <IconButton
          icon="floor"
          label={one.floor ? `Take the floor from ${name}` : `Give ${name} the floor`}
          pressed={one.floor}
          tabIndex={tabIndex}
          onClick={() => void run(room.setFloor(one.call, !one.floor))}
        />
      ) : null}
      {one.talk === '' ? (
        <IconButton
          icon="private"
          label={isChosen ? `Leave ${name} out of the private talk` : `Choose ${name} for a private talk`}
          pressed={isChosen}
          tabIndex={tabIndex}
          onClick={onChoose}
        />
      ) : null}
      {isMe ? null : (
        <>
          <IconButton
            icon="chat"
            label={`Write to ${name} only`}
            tabIndex={tabIndex}
            onClick={() => openChat(ui, one.call)}
          />
          <IconButton
            icon="remove"
            label={`Remove ${name} from the room`}
            class="remove"
            tabIndex={tabIndex}
            onClick={() => {
              dialog.value = { kind: 'kick', call: one.call, name: nameOf(one) };
            }}
          />
        </>
      )}
    </div>
  );
}

function VolumesIfOpen({ one, isMe }: { readonly one: Participant; readonly isMe: boolean }) {
  const { room } = useSession();
  const { volumeOf } = useRoomUi();
  return room.mayControl.value && volumeOf.value === one.call ? <Volumes one={one} isMe={isMe} /> : null;
}

function ordinal(place: number): string {
  const ending = place % 100 > 10 && place % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `hand up, ${place}${ending}`;
}
