/**
 * The stories of the last calls, a line for each decision: what the bus tells of a call and what its log says, at all
 * levels. Bounded in calls and in lines; keys that were pressed are not kept, as they may be a PIN.
 */
import type { DiStruct, DiValue, PublishedEvent } from '../di/index.ts';
import type { Clock, LogFields, LogLevel } from '../runtime/index.ts';
import { type Sentence, sentenceOf } from './story-sentences.ts';

export interface StoryLine {
  readonly unixMs: number;
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: { readonly [name: string]: unknown };
}

/** What is kept of a line until somebody reads it: nearly all stories end unread. */
interface Noted {
  readonly unixMs: number;
  readonly sentences: () => readonly Sentence[];
}

interface Story {
  /** The first lines, which tell how the call began, and the last ones. */
  readonly first: Noted[];
  last: Noted[];
  leftOut: number;
  callId: string;
}

export interface StoryBounds {
  readonly calls: number;
  readonly lines: number;
}

/** Lines that `story.ts` writes of what the events say better. */
const toldByEvents = new Set(['call began', 'call answered', 'call ended']);

/** Events of every call: a line each, whose payload holds nothing that must not be kept. */
const toldWhenRead = new Set(['call.started', 'call.ringing', 'call.answered', 'call.linked', 'call.ended']);

export class CallStories {
  readonly #clock: Clock;
  readonly #bounds: StoryBounds;
  /** By tag, oldest first. */
  readonly #stories = new Map<string, Story>();
  readonly #tagsByCallId = new Map<string, string>();

  constructor(clock: Clock, bounds: StoryBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#stories.size;
  }

  /** An event of the bus; those without a call are nobody's story. */
  event({ name, atUnixMs, payload }: PublishedEvent): void {
    const { call } = payload;
    if (typeof call !== 'string') return;
    if (toldWhenRead.has(name)) this.#add(call, { unixMs: atUnixMs, sentences: () => sentenceOf(name, payload) });
    else
      for (const sentence of sentenceOf(name, payload))
        this.#add(call, { unixMs: atUnixMs, sentences: () => [sentence] });
    if (name === 'call.started') this.#nameByCallId(call, payload);
  }

  line(call: string, level: LogLevel, text: string, fields: () => LogFields): void {
    if (toldByEvents.has(text)) return;
    this.#add(call, { unixMs: this.#clock.unixMs(), sentences: () => [{ level, text, fields: fields() }] });
  }

  /** The lines of a call by its tag or Call-ID, oldest first; null: nothing is kept of it. */
  find(call: string): { readonly lines: readonly StoryLine[]; readonly leftOut: number } | null {
    const story = this.#stories.get(call) ?? this.#stories.get(this.#tagsByCallId.get(call) ?? '');
    return story === undefined
      ? null
      : { lines: [...story.first, ...story.last].flatMap(linesOf), leftOut: story.leftOut };
  }

  #add(call: string, line: Noted): void {
    if (this.#bounds.calls === 0) return;
    const story = this.#storyOf(call);
    const firstLines = Math.ceil(this.#bounds.lines / 4);
    if (story.first.length < firstLines) {
      story.first.push(line);
      return;
    }
    story.last.push(line);
    const most = this.#bounds.lines - firstLines;
    // Cut now and then: an array that is shifted by each line is slow.
    if (story.last.length < 2 * most) return;
    story.leftOut += story.last.length - most;
    story.last = story.last.slice(-most);
  }

  #storyOf(call: string): Story {
    const known = this.#stories.get(call);
    if (known !== undefined) return known;
    const story: Story = { first: [], last: [], leftOut: 0, callId: '' };
    this.#stories.set(call, story);
    for (const [oldest, { callId }] of this.#stories) {
      if (this.#stories.size <= this.#bounds.calls) break;
      this.#stories.delete(oldest);
      if (this.#tagsByCallId.get(callId) === oldest) this.#tagsByCallId.delete(callId);
    }
    return story;
  }

  #nameByCallId(call: string, { sipCallId }: DiStruct): void {
    const story = this.#stories.get(call);
    if (story === undefined || typeof sipCallId !== 'string') return;
    story.callId = sipCallId;
    this.#tagsByCallId.set(sipCallId, call);
  }
}

function linesOf({ unixMs, sentences }: Noted): StoryLine[] {
  return sentences().map(({ level, text, fields }) => ({ unixMs, level, text, fields }));
}

/** A line as functions give it; times in ms since the first. */
export function storyStruct({ unixMs, level, text, fields }: StoryLine, firstMs: number): DiStruct {
  return { at: new Date(unixMs).toISOString(), afterMs: unixMs - firstMs, level, text, fields: plain(fields) };
}

const longestText = 500;

/** Fields of log lines as values of the bus: what is no plain value becomes text. */
function plain(fields: { readonly [name: string]: unknown }): DiStruct {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): DiValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  const text = typeof value === 'string' ? value : value instanceof Error ? value.message : JSON.stringify(value);
  return (text ?? '').slice(0, longestText);
}
