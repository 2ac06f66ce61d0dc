import { useEffect, useRef, useState } from 'preact/hooks';
import { Button, Field, Select } from '../shell/index.ts';
import { IconButton } from './icon-button.tsx';
import { nameOf } from './names.ts';
import type { ChatLine } from './room-state.ts';
import { useRoomUi } from './room-ui.ts';
import { chatFor, present } from './room-views.ts';
import { useSession } from './use-session.ts';

const longestText = 2000;

/** Written words, to all or to one. New ones are read out by the live region of the page, open or not. */
export function ChatPanel() {
  const { room, run, me, myCalls } = useSession();
  const { chatAsked, chatOpen, chatTo, chatSeen } = useRoomUi();
  const panel = useRef<HTMLElement>(null);
  const [typed, setTyped] = useState('');
  const list = useRef<HTMLElement>(null);
  const lines = chatFor(room.state.value.chat, myCalls.value);
  const newest = lines.at(-1)?.id ?? 0;
  const others = present(room.state.value).filter(({ call }) => call !== me.value);
  const to = others.some(({ call }) => call === chatTo.value) ? chatTo.value : '';
  useEffect(() => {
    chatSeen.value = newest;
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [newest]);

  useEffect(() => {
    if (chatAsked.value > 0) panel.current?.querySelector<HTMLInputElement>('form input')?.focus();
  }, [chatAsked.value]);

  async function send(): Promise<void> {
    const text = typed.trim();
    if (text === '') return;
    setTyped('');
    // What was refused is not lost.
    if (!(await run(room.say(me.peek() ?? '', to, text)))) setTyped((now) => (now === '' ? text : now));
  }

  return (
    <aside
      class="chat"
      aria-label="Chat"
      ref={panel}
      onKeyDown={({ key }) => {
        if (key === 'Escape') chatOpen.value = false;
      }}
    >
      <div class="chat-head">
        <h2>Chat</h2>
        <IconButton
          icon="close"
          label="Close the chat"
          onClick={() => {
            chatOpen.value = false;
          }}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard */}
      <section class="chat-lines" ref={list} aria-label="Messages" tabIndex={0}>
        {lines.length === 0 ? (
          <p class="empty">Nothing has been written yet.</p>
        ) : (
          <ol>
            {lines.map((line) => (
              <Line key={line.id} line={line} myCalls={myCalls.value} />
            ))}
          </ol>
        )}
      </section>
      {room.mayControl.value ? (
        <form
          class="chat-form"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <Select
            label="To"
            value={to}
            options={[
              { value: '', text: 'Everybody' },
              ...others.map((one) => ({ value: one.call, text: `${nameOf(one)} only` })),
            ]}
            onChange={(call) => {
              chatTo.value = call;
            }}
          />
          <div class="chat-write">
            <Field
              label="Message"
              hideLabel
              value={typed}
              onInput={(text) => setTyped(text.slice(0, longestText))}
              placeholder="Write a message"
            />
            <Button kind="primary" type="submit" disabled={typed.trim() === ''}>
              Send
            </Button>
          </div>
        </form>
      ) : null}
    </aside>
  );
}

function Line({ line, myCalls }: { readonly line: ChatLine; readonly myCalls: ReadonlySet<string> }) {
  const mine = myCalls.has(line.from);
  const who = mine ? 'You' : line.fromName;
  return (
    <li class="chat-line" data-mine={mine} data-private={line.to !== ''}>
      <p class="chat-meta">
        <strong>{who}</strong>
        {line.to === '' ? null : <span> to {myCalls.has(line.to) ? 'you' : line.toName} only</span>}
        <time dateTime={line.at}>{clockOf(line.at)}</time>
      </p>
      <p class="chat-text">{line.text}</p>
    </li>
  );
}

function clockOf(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? '' : time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
