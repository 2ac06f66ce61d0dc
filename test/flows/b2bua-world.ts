import assert from 'node:assert/strict';
import type { CouplingOptions, LegHooks, RouteDecision } from '../../core/index.ts';
import type { DialogEvent, ServerRequest, SipRequest, SipResponse } from '../../core/sip/index.ts';
import type { Phone } from '../support/phone.ts';
import type { PhoneCall } from '../support/phone-call.ts';
import type { World, WorldOptions } from '../support/world.ts';
import { scripted } from './scripted-app.ts';

export interface TwoPhones {
  readonly w: World;
  /** Calls. */
  readonly alice: Phone;
  /** Is called. */
  readonly bob: Phone;
}

/** Where all calls go, without media through us unless the test says so. */
export const to = (uri: string, more: Partial<RouteDecision> = {}): RouteDecision => ({
  kind: 'connect',
  targets: [{ requestUri: uri }],
  media: 'bypass',
  ...more,
});

/** A server that couples every call, by default to bob. */
export async function coupled(
  options: {
    readonly hooks?: LegHooks;
    readonly decide?: (bob: Phone, invite: SipRequest) => RouteDecision;
    readonly world?: WorldOptions;
  } = {},
): Promise<TwoPhones> {
  const { hooks, decide = (phone) => to(phone.uri) } = options;
  const phones: { bob?: Phone } = {};
  const w = await scripted((call) => {
    const { bob } = phones;
    assert.ok(bob);
    const coupling: CouplingOptions = {
      origin: { name: 'test' },
      decision: decide(bob, call.session.dialog.invite),
      ...(hooks === undefined ? {} : { hooks }),
    };
    w.server.calls.couple(call, coupling);
  }, options.world);
  const bob = await w.newPhone('bob');
  phones.bob = bob;
  return { w, alice: w.phone, bob };
}

/** Both phones talk. */
export async function talking(
  options: Parameters<typeof coupled>[0] = {},
): Promise<TwoPhones & { a: PhoneCall; b: PhoneCall }> {
  const { w, alice, bob } = await coupled(options);
  bob.answers();
  const a = await alice.call('bob');
  await w.until(() => bob.calls.length === 1 && bob.current.state === 'talking');
  await w.advance(100);
  return { w, alice, bob, a, b: bob.current };
}

/** Every event of a phone's dialog, besides what the phone does about them. */
export function listen(call: PhoneCall): DialogEvent[] {
  const events: DialogEvent[] = [];
  const phone = call.dialog.onEvent;
  call.dialog.onEvent = (event) => {
    events.push(event);
    phone(event);
  };
  return events;
}

/** Lets the test answer the requests of one method in the dialog; the phone does the rest. */
export function serve(call: PhoneCall, method: string, answer: (request: ServerRequest) => void): void {
  const phone = call.dialog.onEvent;
  call.dialog.onEvent = (event) => {
    if (event.kind === 'request' && event.request.request.method === method) answer(event.request);
    else phone(event);
  };
}

/** A request of that phone in the dialog. */
export async function send(
  w: World,
  call: PhoneCall,
  ...request: Parameters<PhoneCall['dialog']['request']>
): Promise<SipResponse> {
  return w.driver.during(call.dialog.request(...request), 60_000, request[0]);
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (body: Uint8Array): string => new TextDecoder().decode(body);
