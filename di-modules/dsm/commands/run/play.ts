/** Does what a story says, step by step, and tells of each expectation whether it came true. */
import { CodedError, type DiValue, type PublishedEvent } from '../../../../core/index.ts';
import { findPiece, mainPiece, silenceIn, toneIn } from './listening.ts';
import type { Phone } from './phone.ts';
import { type Stage, settled } from './stage.ts';
import type { Deed, Expectation, Step, Story } from './story.ts';

export interface StepResult {
  readonly step: Step;
  readonly atMs: number;
  /** Null: it was done, or came true. */
  readonly fault: string | null;
}

/** Where scripts are: kept from their events, so that it is known after their end too. */
export class Places {
  readonly #places = new Map<string, { place: string; live: boolean }>();

  note({ name, payload }: PublishedEvent): void {
    const { call, diagram, state } = payload as { readonly [key: string]: DiValue };
    if (name === 'dsm.state') this.#places.set(String(call), { place: `${diagram}/${state}`, live: true });
    const known = name === 'dsm.ended' ? this.#places.get(String(call)) : undefined;
    if (known !== undefined) known.live = false;
  }

  /** Of scripts that run; where none does, of the one that ended last. */
  get now(): readonly string[] {
    const all = [...this.#places.values()];
    const live = all.filter((each) => each.live);
    return (live.length > 0 ? live : all.slice(-1)).map(({ place }) => place);
  }

  /** Tags of scripts that run, the newest first. */
  get tags(): readonly string[] {
    return [...this.#places]
      .filter(([, { live }]) => live)
      .map(([tag]) => tag)
      .reverse();
  }
}

const lookEveryMs = 20;

export class Player {
  readonly #stage: Stage;
  readonly #places: Places;
  readonly #beganMs: number;

  constructor(stage: Stage, places: Places) {
    this.#stage = stage;
    this.#places = places;
    this.#beganMs = stage.server.clock.nowMs();
  }

  get nowMs(): number {
    return this.#stage.server.clock.nowMs() - this.#beganMs;
  }

  /** A story that does not call begins with the caller's call. The first fault ends it, unless `goesOn`. */
  async play({ steps }: Story, report: (result: StepResult) => void): Promise<boolean> {
    const calls = steps.some(({ deed }) => deed.kind === 'call');
    if (!calls) await this.#do(this.#stage.caller, { kind: 'call', to: 'script', headers: {} });
    for (const step of steps) {
      const fault = await this.#step(step);
      report({ step, atMs: this.nowMs, fault });
      if (fault !== null) return false;
    }
    return true;
  }

  async #step(step: Step): Promise<string | null> {
    const waitMs = step.atS === null ? step.afterS * 1000 : step.atS * 1000 - this.nowMs;
    if (waitMs < 0) return `it is ${(this.nowMs / 1000).toFixed(1)} s already`;
    if (waitMs > 0) await this.#stage.server.clock.advance(waitMs);
    const phone = step.phone === null ? this.#stage.caller : this.#stage.phones.get(step.phone);
    if (phone === undefined) return `there is no phone ${step.phone}`;
    try {
      return await this.#do(phone, step.deed);
    } catch (fault) {
      if (!(fault instanceof CodedError)) throw fault;
      return fault.message;
    }
  }

  async #do(phone: Phone, deed: Deed): Promise<string | null> {
    const { clock } = this.#stage.server;
    if (deed.kind !== 'expect' && deed.kind !== 'wait') phone.audio?.forget();
    switch (deed.kind) {
      case 'wait':
        return null;
      case 'call':
        await phone.call(
          deed.to,
          Object.entries(deed.headers).map(([name, value]) => [name, value] as const),
        );
        return null;
      case 'press': {
        if (phone.audio?.press(deed.keys) !== true) return 'keys need a call that takes them';
        const { audio } = phone;
        await clock.runUntil(() => !audio.pressing, deed.keys.length * 1000).catch(() => {});
        return null;
      }
      case 'say':
        phone.say(await this.#said(deed.what), deed.repeats);
        return null;
      case 'answer':
        return phone.answer() ? null : `${phone.name} has no call to answer (${phone.state})`;
      case 'hangup':
        if (!phone.hangUp()) return `${phone.name} has no call (${phone.state})`;
        await clock.advance(200);
        return null;
      case 'event':
        return this.#post(deed.queue ?? this.#places.tags[0] ?? null, deed.parameters);
      case 'expect':
        return this.#expect(phone, deed.expectation);
    }
  }

  async #post(queue: string | null, parameters: { readonly [name: string]: string }): Promise<string | null> {
    if (queue === null) return 'no script runs that could get the event';
    const pairs = Object.entries(parameters).map(([name, value]) => [name, value]);
    const answer = await this.#invoke('postDSMEvent', [queue, pairs]);
    await this.#stage.server.clock.advance(lookEveryMs);
    return Array.isArray(answer) && answer[0] === 200 ? null : `${queue}: ${JSON.stringify(answer)}`;
  }

  /** All must hold at once, within so many seconds. */
  async #expect(phone: Phone, expected: Expectation): Promise<string | null> {
    const { clock } = this.#stage.server;
    const untilMs = clock.nowMs() + expected.withinS * 1000;
    const heard = expected.heard === null ? null : await this.#listener(phone, expected.heard);
    for (;;) {
      const faults = [
        this.#stateFault(expected.state),
        heard?.() ?? null,
        endFault(phone, expected.ended),
        expected.called && phone.calledTimes === 0 ? `nobody called ${phone.name}` : null,
        await this.#variablesFault(expected),
        await this.#writtenFault(expected.written),
      ].filter((fault) => fault !== null);
      if (faults.length === 0) return null;
      if (clock.nowMs() >= untilMs) return faults.join('; ');
      await clock.advance(Math.min(lookEveryMs, untilMs - clock.nowMs()));
    }
  }

  #stateFault(state: string | null): string | null {
    const { now } = this.#places;
    const isThere = (place: string): boolean => place === state || place.endsWith(`/${state}`);
    return state === null || now.some(isThere) ? null : `state is ${now.join(', ') || 'none'}, not ${state}`;
  }

  async #variablesFault({ variables }: Expectation): Promise<string | null> {
    const wanted = Object.entries(variables);
    if (wanted.length === 0) return null;
    let closest = 'no script runs that has variables';
    for (const tag of this.#places.tags) {
      const values = (await this.#invoke('variables', [tag])) as { readonly [name: string]: DiValue };
      const wrong = wanted.filter(([name, value]) => (values[name] ?? '') !== value);
      if (wrong.length === 0) return null;
      closest = wrong
        .map(([name, value]) => `$${name} is ${JSON.stringify(values[name] ?? '')}, not ${JSON.stringify(value)}`)
        .join(', ');
    }
    return closest;
  }

  async #writtenFault(path: string | null): Promise<string | null> {
    if (path === null) return null;
    const { names } = this.#stage.server.files;
    return names.some((name) => name.endsWith(path))
      ? null
      : `no file ${path} was written, but ${names.join(', ') || 'none'}`;
  }

  /** Looks at what the phone heard since its last step; gives what is wrong with it. */
  async #listener(phone: Phone, what: string): Promise<() => string | null> {
    const [, hz] = /^(\d+) ?Hz$/.exec(what) ?? [];
    const heard = (): Int16Array => phone.audio?.heard() ?? new Int16Array(0);
    if (what === 'silence') return () => (silenceIn(heard()) ? null : `${phone.name} does not hear silence`);
    if (hz !== undefined) return () => (toneIn(heard(), Number(hz)) ? null : `${phone.name} does not hear ${what}`);
    const piece = mainPiece(await this.#stage.audio(what));
    let from = 0;
    let found = false;
    return () => {
      const samples = heard();
      found ||= findPiece(samples, piece, from) >= 0;
      from = Math.max(0, samples.length - piece.length + 1);
      return found ? null : `${phone.name} has not heard ${what}`;
    };
  }

  async #said(what: string): Promise<Int16Array> {
    if (what === 'silence') return new Int16Array(0);
    const [, hz] = /^(\d+) ?Hz$/.exec(what) ?? [];
    if (hz === undefined) return this.#stage.audio(what);
    return Int16Array.from({ length: 8000 }, (_, i) => 8000 * Math.sin((2 * Math.PI * Number(hz) * i) / 8000));
  }

  #invoke(name: string, args: readonly DiValue[]): Promise<DiValue> {
    const { server } = this.#stage;
    return settled(server.clock, server.invoke('dsm', name, args));
  }
}

function endFault(phone: Phone, ended: boolean | number | null): string | null {
  if (ended === null) return null;
  const isOver = phone.state === 'ended';
  if (typeof ended === 'boolean') return isOver === ended ? null : `the call of ${phone.name} is ${phone.state}`;
  return isOver && phone.status === ended
    ? null
    : `the call of ${phone.name} is ${phone.state}, status ${phone.status}`;
}
