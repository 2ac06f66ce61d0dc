import { useEffect, useRef } from 'preact/hooks';
import type { Methods } from '../../../typescript/index.ts';
import { bus, sentenceOf } from '../../bus/index.ts';
import { after, Button, Card, Table, toast } from '../../shell/index.ts';
import { useAsked, useEvents } from '../asked.ts';
import { countText, partyText } from '../text.ts';

type Room = ReturnType<Methods['conference.rooms']>[number];
type Member = ReturnType<Methods['conference.members']>[number];

interface RoomShown extends Room {
  readonly members: readonly Member[];
}

/** Rooms and who is in them; asked again when an event says that something changed. */
export function RoomsView() {
  const { answer: rooms, fault, again } = useAsked(readRooms, 'rooms');
  const soon = useSoon(again, 300);
  useEvents('conference.joined', null, soon);
  useEvents('conference.left', null, soon);
  useEvents('conference.muted', null, soon);
  useEvents('conference.memberChanged', null, soon);
  useEvents('conference.roomChanged', null, soon);
  return (
    <div class="stack">
      {fault === '' ? null : <p class="notice bad">{fault}</p>}
      {rooms?.length === 0 ? (
        <Card>
          <p class="empty">Nobody is in a room now.</p>
        </Card>
      ) : null}
      {rooms?.map((room) => (
        <RoomCard key={room.room} room={room} again={soon} />
      ))}
    </div>
  );
}

async function readRooms(): Promise<readonly RoomShown[]> {
  const rooms = await bus.call('conference.rooms', []);
  return Promise.all(
    rooms.map(async (room) => {
      // It may be empty by now.
      const members = await bus.call('conference.members', [room.room]).catch(() => []);
      return { ...room, members };
    }),
  );
}

function RoomCard({ room, again }: { readonly room: RoomShown; readonly again: () => void }) {
  const mayControl = bus.may('conference:control');
  const act = (what: Promise<unknown>): void => {
    what.then(again, (fault: unknown) => toast(sentenceOf(fault), 'bad'));
  };
  return (
    <Card class="room">
      <div class="row spread">
        <h2>
          {room.room} <span class="badge">{countText(room.participants, 'participant')}</span>
          {room.locked ? <span class="badge warn">locked</span> : null}
          {room.recordings > 0 ? <span class="badge bad">recording</span> : null}
        </h2>
        <div class="actions">
          <a class="button small" href={`/c/${encodeURIComponent(room.room)}`}>
            Conference page
          </a>
          {mayControl ? (
            <Button
              size="small"
              pressed={room.locked}
              onClick={() => act(bus.call('conference.lock', [room.room, !room.locked]))}
            >
              Lock
            </Button>
          ) : null}
        </div>
      </div>
      <Table
        caption={`Participants of ${room.room}`}
        rows={room.members}
        keyOf={({ call }) => call}
        empty="Nobody."
        columns={[
          {
            title: 'Who',
            cell: ({ call, who }) => (
              <a href={`/operator/calls/${encodeURIComponent(call)}`} title={who}>
                {partyText(who)}
              </a>
            ),
          },
          { title: 'Is', cell: (member) => <MemberBadges member={member} /> },
          { title: 'Codec', cell: ({ codec }) => codec },
          { title: 'MOS', numeric: true, cell: ({ mos }) => mos?.toFixed(1) ?? '–' },
          ...(mayControl
            ? [
                {
                  title: 'Actions',
                  cell: (member: Member) => (
                    <div class="actions">
                      <Button
                        size="small"
                        pressed={member.muted}
                        label={`Mute ${partyText(member.who)}`}
                        onClick={() =>
                          act(bus.call('conference.setMember', [room.room, member.call, { muted: !member.muted }]))
                        }
                      >
                        Mute
                      </Button>
                      <Button
                        size="small"
                        label={`Remove ${partyText(member.who)}`}
                        onClick={() => act(bus.call('conference.kick', [room.room, member.call]))}
                      >
                        Remove
                      </Button>
                    </div>
                  ),
                },
              ]
            : []),
        ]}
      />
    </Card>
  );
}

function MemberBadges({ member }: { readonly member: Member }) {
  const words = [
    member.speaking ? ['speaking', 'good'] : null,
    member.muted ? ['muted', 'warn'] : null,
    member.deaf ? ['deaf', 'warn'] : null,
    member.listenOnly ? ['listens only', ''] : null,
  ].flatMap((each) => (each === null ? [] : [each]));
  if (words.length === 0) return <span class="badge">in the room</span>;
  return (
    <>
      {words.map(([text, tone]) => (
        <span key={text} class={`badge ${tone}`}>
          {text}
        </span>
      ))}
    </>
  );
}

/** Many changes at once are one question. */
function useSoon(run: () => void, ms: number): () => void {
  const cancel = useRef<(() => void) | null>(null);
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => () => cancel.current?.(), []);
  return () => {
    cancel.current ??= after(ms, () => {
      cancel.current = null;
      latest.current();
    });
  };
}
