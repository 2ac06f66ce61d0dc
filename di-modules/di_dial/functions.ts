import {
  Any,
  arg,
  type CallEngine,
  CodedError,
  type InvokeContext,
  LabelsSchema,
  labelsOf,
  type OriginateOptions,
  opt,
  rowsFor,
  type SecretAttempts,
  secret,
  Type,
} from '../../core/index.ts';
import type { DialoutPin } from './config.ts';
import { accountOf } from './dialout-pins.ts';

export interface DialState {
  readonly calls: CallEngine;
  readonly pins: readonly DialoutPin[];
  readonly attempts: SecretAttempts;
}

const { fn, defineFunctions } = rowsFor<DialState>();

/** Text that goes into a SIP header: no control characters. */
const HeaderText = Type.String({ maxLength: 1024, pattern: '^[^\\u0000-\\u001f\\u007f]*$' });
/** The user part of an address. */
const User = Type.String({ minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u0020\\u007f<>"@]+$' });
const Tag = Type.Array(Type.String(), {
  minItems: 1,
  maxItems: 1,
  description: '[call tag], or [text of the failure].',
});

const application = arg('application', HeaderText, 'Application that serves the call once it is answered.');
const from = arg('from', HeaderText, 'From: a SIP URI.');
const to = arg('to', HeaderText, 'To: a SIP URI.');
const credentials = [
  arg('realm', HeaderText, 'Realm of the challenge; empty fits any.'),
  arg('authUser', HeaderText, 'Name for the digest.'),
  arg('authPassword', secret(Type.String({ maxLength: 1024 })), 'Password for the digest.'),
] as const;
const params = opt('params', Any, 'Handed to the application (DSM: variables).');
const labels = opt('labels', LabelsSchema, 'Who pays, and what the events of the call give back.');
const callLabels = { account: 'acme', tariff: 'flat', data: { order: 4711 } };

const help = [
  'dial <application> <user> <from> <to>',
  'dial_auth <application> <user> <from> <to> <realm> <auth_user> <auth_pwd>',
  'dial_auth_b2b <application> <announcement> <from> <to> <caller_ruri> <callee_ruri> <realm> <auth_user> <auth_pwd>',
  'dial_pin <application> <dialout pin> <local user> <to user>',
];

/** SEMS's `di_dial` (di-interfaces 5.3). */
export const functions = defineFunctions({
  dial: fn({
    summary: 'Call somebody and connect the call to an application.',
    params: [application, arg('user', HeaderText, 'User part that the application gets.'), from, to, params, labels],
    result: Tag,
    scope: 'di_dial:control',
    examples: [
      {
        params: ['conference', '500', 'sip:callbus@127.0.0.1', 'sip:alice@127.0.0.1:5070'],
        result: ['6f0c2b3d4e5f60718293a4b5'],
      },
      {
        params: ['conference', '500', 'sip:callbus@127.0.0.1', 'sip:alice@127.0.0.1:5070', '', callLabels],
        result: ['6f0c2b3d4e5f60718293a4b5'],
      },
    ],
    handler: (context, application, user, from, to, parameters, labels) =>
      place(context, '<failed>', {
        application,
        user,
        from,
        to,
        requestUri: to,
        labels: labelsOf(labels),
        ...(parameters === undefined ? {} : { parameters }),
      }),
  }),
  dial_auth: fn({
    summary: 'As dial, with credentials for the digest challenge of the other side.',
    params: [
      application,
      arg('user', HeaderText, 'User part of the address that the application is called by.'),
      from,
      to,
      ...credentials,
      params,
      labels,
    ],
    result: Tag,
    scope: 'di_dial:control',
    examples: [
      {
        params: [
          'conference',
          '500',
          'sip:callbus@example.org',
          'sip:alice@example.org',
          'example.org',
          'callbus',
          'secret',
        ],
        result: ['6f0c2b3d4e5f60718293a4b5'],
      },
    ],
    handler: (context, application, user, from, to, realm, authUser, password, parameters, labels) =>
      place(context, '<failed>\n', {
        labels: labelsOf(labels),
        application,
        user,
        from,
        to,
        requestUri: to,
        credentials: { realm, user: authUser, password },
        ...(parameters === undefined ? {} : { parameters }),
      }),
  }),
  dial_auth_b2b: fn({
    summary: 'Call one party for an application that then connects it with another.',
    params: [
      application,
      arg('announcement', HeaderText, 'User part that the application gets.'),
      from,
      to,
      arg('callerUri', HeaderText, 'Called first.'),
      arg('calleeUri', HeaderText, 'Called by the application.'),
      ...credentials,
      labels,
    ],
    result: Tag,
    scope: 'di_dial:control',
    examples: [
      {
        params: [
          'connect_callee',
          'connecting',
          'sip:callbus@example.org',
          'sip:alice@example.org',
          'sip:alice@example.org',
          'sip:bob@example.org',
          'example.org',
          'callbus',
          'secret',
        ],
        result: ['6f0c2b3d4e5f60718293a4b5'],
      },
    ],
    handler: (context, application, announcement, from, to, callerUri, calleeUri, realm, authUser, password, labels) =>
      place(context, '<failed>\n', {
        labels: labelsOf(labels),
        application,
        user: announcement,
        from,
        to,
        requestUri: callerUri,
        credentials: { realm, user: authUser, password },
        parameters: [realm, authUser, password, calleeUri],
      }),
  }),
  dial_pin: fn({
    summary: 'As dial_auth, with an account of the configuration that is chosen by its dial-out PIN.',
    params: [
      application,
      arg('pin', secret(HeaderText), 'Of the room.'),
      arg('user', HeaderText, 'User part of the address that the application is called by.'),
      arg('toUser', User, 'User part to call.'),
      labels,
    ],
    result: Tag,
    scope: 'di_dial:control',
    examples: [{ params: ['conference', '4711', '500', 'alice'], result: ['6f0c2b3d4e5f60718293a4b5'] }],
    handler(context, application, pin, user, toUser, labels) {
      const { attempts, pins } = context.state;
      const account = attempts.attempt(context.source, () => accountOf(pins, pin));
      if (account === null) return ['incorrect dialout pin.\n'];
      const { realm, auth_user, password } = account;
      const target = `sip:${toUser}@${realm}`;
      return place(context, '<failed>\n', {
        application,
        user,
        from: `sip:${auth_user}@${realm}`,
        to: target,
        requestUri: target,
        credentials: { realm, user: auth_user, password },
        labels: labelsOf(labels),
      });
    },
  }),
  help: fn({
    summary: 'How to call these functions.',
    params: [],
    result: Type.Array(Type.String()),
    scope: 'di_dial:read',
    examples: [{ params: [], result: help }],
    handler: () => help,
  }),
});

/**
 * SEMS answers every failure with a text. Ours too, except where the dial rules forbid the call:
 * that is a fault, because its text names the key to change.
 */
function place(
  { state, caller, log }: InvokeContext<DialState>,
  failed: string,
  options: Omit<OriginateOptions, 'origin'>,
): string[] {
  try {
    return [state.calls.originate({ ...options, origin: { name: `rpc:${caller.name}` } }).tag];
  } catch (fault) {
    if (!(fault instanceof CodedError) || fault.code === 'dial.forbidden') throw fault;
    log.warn('dial failed', { application: options.application, reason: fault.message });
    return [failed];
  }
}
