/** A room `hall` of webconference with silent phones in it, entered as `sip:room-hall@…`, its first prompts over. */
import assert from 'node:assert/strict';
import type { DiValue } from '../../core/di/index.ts';
import type { CallOptions, Phone } from '../support/phone.ts';
import { levelAt, type Signal } from '../support/tones.ts';
import { type World, world } from '../support/world.ts';

export const pin = '305182';

export interface LiveRow {
  readonly call: string;
  readonly name: string;
  readonly number: string;
  readonly status: number;
  readonly reason: string;
  readonly muted: boolean;
  readonly gainDb: number;
  readonly volumeDb: number;
  readonly hand: number;
  readonly floor: boolean;
  readonly talk: string;
  readonly speaking: boolean;
}

export interface Hall {
  readonly w: World;
  readonly phones: readonly Phone[];
  /** Call tags, as the phones came. */
  readonly tags: readonly string[];
  /** A function of webconference on the room: its answer without the server line. */
  run(name: string, ...args: DiValue[]): Promise<readonly DiValue[]>;
  state(): Promise<{
    readonly locked: boolean;
    readonly moderated: boolean;
    readonly recording: boolean;
    readonly participants: readonly LiveRow[];
  }>;
  /** One more phone in the room. */
  enter(name: string, options?: CallOptions): Promise<Phone>;
}

export interface HallOptions {
  readonly webconference?: Record<string, unknown>;
  readonly config?: Record<string, unknown>;
  /** What the phones dial, and the room that this is. */
  readonly target?: string;
  readonly room?: string;
  readonly callOptions?: CallOptions;
}

export async function hall(count: number, options: HallOptions = {}): Promise<Hall> {
  const { target = 'room-hall', room = 'hall' } = options;
  const w = await world({
    config: {
      ...options.config,
      modules: {
        conference: { join_sound: '', drop_sound: '', recordings_path: '/recordings' },
        webconference: { predefined_rooms: `${room}:${pin}`, ...options.webconference },
      },
    },
  });
  const phones: Phone[] = [];
  const enter = async (name: string, callOptions: CallOptions = options.callOptions ?? {}): Promise<Phone> => {
    const phone = phones.length === 0 ? w.phone : await w.newPhone(name);
    phones.push(phone);
    await phone.call(target, callOptions);
    return phone;
  };
  for (const name of ['alice', 'bob', 'carol', 'dave'].slice(0, count)) await enter(name);
  await w.advance(6000);
  const run: Hall['run'] = async (name, ...args) => {
    const answer = await w.invoke(`webconference.${name}`, room, pin, ...args);
    assert.ok(Array.isArray(answer));
    return answer.slice(0, -1);
  };
  return {
    w,
    phones,
    tags: w.server.calls.rooms.participants(room),
    run,
    enter,
    async state() {
      const [code, , state] = await run('state');
      assert.equal(code, 0);
      return state as unknown as Awaited<ReturnType<Hall['state']>>;
    },
  };
}

/** What of the tones the phone hears in its last 200 ms, by their place: `hears(phone, a, b)` is `'+-'` when only a is. */
export const hears = (phone: Phone | undefined, ...signals: Signal[]): string =>
  signals
    .map(({ frequenciesHz: [hz = 0] }) =>
      levelAt(phone?.current.audio.heard(200) ?? new Int16Array(0), hz) > 250 ? '+' : '-',
    )
    .join('');
