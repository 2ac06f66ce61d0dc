/** All that the server has of one call, living or ended, kept up while somebody looks. */
import { useEffect, useState } from 'preact/hooks';
import type { Methods, ServerEvent } from '../../../typescript/index.ts';
import { bus, type JsonObject, RpcError, sentenceOf } from '../../bus/index.ts';
import { after } from '../../shell/index.ts';
import type { CallRow } from '../calls/live-calls.ts';
import { numberOf, textOf } from '../members.ts';
import { type Message, messagesOf } from './ladder.ts';

export type Sample = ReturnType<Methods['call.quality']>[number];
export type Deed = ReturnType<Methods['audit.ofCall']>[number];

export interface StoryLine {
  readonly atMs: number;
  readonly level: string;
  readonly text: string;
  readonly fields: JsonObject;
}

export interface CallEvent {
  readonly id: number;
  readonly atMs: number;
  readonly name: string;
  readonly payload: JsonObject;
}

export interface CallData {
  /** Null: nothing is known of it (yet). */
  readonly row: CallRow | null;
  /** `call.ended`, when it came. */
  readonly ended: JsonObject | null;
  readonly messages: readonly Message[];
  readonly story: readonly StoryLine[];
  readonly samples: readonly Sample[];
  readonly deeds: readonly Deed[];
  readonly events: readonly CallEvent[];
  /** Everything was asked for once. */
  readonly loaded: boolean;
  /** What could not be had and why: sentences. */
  readonly faults: readonly string[];
}

const nothing: CallData = {
  row: null,
  ended: null,
  messages: [],
  story: [],
  samples: [],
  deeds: [],
  events: [],
  loaded: false,
  faults: [],
};

/** How long after an event what it led to is asked for: messages, story. */
const settleMs = 400;
const mostEvents = 500;

/** `other`: the SIP messages of the other leg, too. */
export function useCall(tag: string, withOther: boolean): CallData {
  const [data, setData] = useState<CallData>(nothing);
  useEffect(() => {
    setData(nothing);
    return new CallWatch(tag, withOther, setData).stop;
  }, [tag, withOther]);
  return data;
}

class CallWatch {
  readonly #tag: string;
  readonly #withOther: boolean;
  readonly #show: (data: CallData) => void;
  readonly #undo: (() => void)[] = [];
  #data = nothing;
  #isOver = false;
  #cancel: (() => void) | null = null;
  #unsubscribe: (() => void) | null = null;

  constructor(tag: string, withOther: boolean, show: (data: CallData) => void) {
    this.#tag = tag;
    this.#withOther = withOther;
    this.#show = show;
    this.#undo.push(bus.onOpen(() => void this.#load()));
  }

  readonly stop = (): void => {
    this.#isOver = true;
    this.#cancel?.();
    this.#unsubscribe?.();
    for (const undo of this.#undo) undo();
  };

  #set(part: Partial<CallData>): void {
    if (this.#isOver) return;
    this.#data = { ...this.#data, ...part };
    this.#show(this.#data);
  }

  async #load(): Promise<void> {
    const faults: string[] = [];
    const tag = this.#tag;
    const row = await asked('call:read', () => bus.call('call.get', { call: tag }), [], faults);
    if (row !== null) this.#set({ row });
    const story = await this.#readStory(faults);
    const begin = row?.startedAtMs ?? story[0]?.atMs ?? null;
    // From its begin on: what was told before one looked.
    this.#unsubscribe ??= bus.subscribe(
      '*',
      { call: tag },
      (event) => this.#event(event),
      () => {},
      begin === null ? undefined : Math.floor(begin - 1000) * 1000,
    );
    const samples = await asked('call:read', () => bus.call('call.quality', { call: tag }), [], faults);
    const messages = await this.#readMessages(faults);
    this.#set({ story, messages, samples: samples ?? [], deeds: await this.#readDeeds(faults), loaded: true, faults });
  }

  async #readStory(faults: string[]): Promise<readonly StoryLine[]> {
    const lines = await asked('log:read', () => bus.call('log.story', { call: this.#tag }), ['call.unknown'], faults);
    return (lines ?? []).map((line) => {
      const fields = line['fields'];
      return {
        atMs: Date.parse(textOf(line, 'at')),
        level: textOf(line, 'level'),
        text: textOf(line, 'text'),
        fields: typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? (fields as JsonObject) : {},
      };
    });
  }

  async #readMessages(faults: string[]): Promise<readonly Message[]> {
    const names = [this.#tag, ...(this.#withOther ? [this.#data.row?.other ?? ''] : [])].filter((name) => name !== '');
    const lists = await Promise.all(
      names.map((call) => asked('trace:read', () => bus.call('trace.call', { call }), ['call.unknown'], faults)),
    );
    return lists.flatMap((list) => messagesOf(list ?? []));
  }

  async #readDeeds(faults: string[]): Promise<readonly Deed[]> {
    const { row } = this.#data;
    const names = [this.#tag, row?.sipCallId ?? '', row?.trace ?? ''].filter((name) => name.length >= 4);
    return (await asked('audit:read', () => bus.call('audit.ofCall', { names }), [], faults)) ?? [];
  }

  #event({ id, name, at, payload }: ServerEvent): void {
    const atMs = Date.parse(at);
    const events = [...this.#data.events, { id, atMs, name, payload }].slice(-mostEvents);
    if (name === 'call.quality') this.#set({ samples: [...this.#data.samples, sampleOf(atMs, payload)] });
    else this.#set({ events, ...this.#rowAfter(name, payload) });
    if (name !== 'call.quality') this.#refreshSoon();
  }

  #rowAfter(name: string, payload: JsonObject): Partial<CallData> {
    const row = this.#data.row ?? (name === 'call.started' || name === 'call.ended' ? rowOf(payload) : null);
    if (row === null) return {};
    if (name === 'call.ended') return { ended: payload, row: { ...row, state: 'ended', ...answerOf(payload) } };
    if (name === 'call.ringing' && row.state === 'new') return { row: { ...row, state: 'early' } };
    if (name === 'call.answered' && row.state !== 'ended')
      return { row: { ...row, state: 'connected', ...answerOf(payload) } };
    if (name === 'call.linked') return { row: { ...row, other: textOf(payload, 'other') } };
    return { row };
  }

  #refreshSoon(): void {
    this.#cancel ??= after(settleMs, () => {
      this.#cancel = null;
      void this.#refresh();
    });
  }

  async #refresh(): Promise<void> {
    if (!this.#data.loaded) {
      this.#refreshSoon();
      return;
    }
    const faults: string[] = [];
    const story = await this.#readStory(faults);
    const messages = await this.#readMessages(faults);
    const deeds = await this.#readDeeds(faults);
    this.#set({ story, messages, deeds, faults });
  }
}

function answerOf(payload: JsonObject): Partial<CallRow> {
  const answeredAtMs = numberOf(payload, 'answeredAtMs');
  return { ...(answeredAtMs === null ? {} : { answeredAtMs }), codec: textOf(payload, 'codec') };
}

function rowOf(payload: JsonObject): CallRow {
  const account = textOf(payload, 'account');
  const tariff = textOf(payload, 'tariff');
  return {
    call: textOf(payload, 'call'),
    trace: textOf(payload, 'trace'),
    direction: textOf(payload, 'direction') === 'out' ? 'out' : 'in',
    state: 'new',
    application: textOf(payload, 'application'),
    from: textOf(payload, 'from'),
    to: textOf(payload, 'to'),
    ruri: textOf(payload, 'ruri'),
    sipCallId: textOf(payload, 'sipCallId'),
    peer: '',
    codec: '',
    startedAtMs: numberOf(payload, 'startedAtMs') ?? 0,
    ...(account === '' ? {} : { account }),
    ...(tariff === '' ? {} : { tariff }),
  };
}

function sampleOf(atMs: number, payload: JsonObject): Sample {
  const number = (name: string): number | null => numberOf(payload, name);
  return {
    atMs,
    mos: number('mos'),
    remoteMos: number('remoteMos'),
    lossFraction: number('lossFraction'),
    jitterMs: number('jitterMs'),
    roundTripMs: number('roundTripMs'),
    rxLevelDb: number('rxLevelDb'),
    txLevelDb: number('txLevelDb'),
  };
}

/** Null: the right is missing, or the server has nothing (one of `quiet`); other faults are told. */
async function asked<Answer>(
  scope: string,
  question: () => Promise<Answer>,
  quiet: readonly string[],
  faults: string[],
): Promise<Answer | null> {
  if (!bus.may(scope)) return null;
  try {
    return await question();
  } catch (fault) {
    const isExpected = fault instanceof RpcError && [...quiet, 'call.unknown'].some((code) => code === fault.reason);
    if (!isExpected) faults.push(sentenceOf(fault));
    return null;
  }
}
