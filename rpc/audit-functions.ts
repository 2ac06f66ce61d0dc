/** `audit.list`: who did what, from where, and how it ended. */
import { arg, Bool, opt, rowsFor, Text } from '../core/di/index.ts';
import { Type } from '../core/runtime/index.ts';
import type { AuditLog } from './audit-log.ts';

const { fn, defineFunctions } = rowsFor<AuditLog>();

const deed = {
  id: Type.Integer({ description: 'Increasing, also over restarts.' }),
  at: Type.String({ description: 'ISO 8601, UTC.' }),
  caller: Type.String({ description: 'Token, user or certificate; local: an open loopback listener; nobody.' }),
  face: Type.String({ description: 'xml-rpc, json-rpc, websocket, netstring, stats, cli, http.' }),
  what: Type.String({ description: 'module.function, login, or token.create and its like of the command line.' }),
  outcome: Type.String({ description: 'ok, or an error code.' }),
  trace: Type.String({ description: 'As in the log.' }),
};
const Deed = Type.Object(deed);
const Entry = Type.Object({
  ...deed,
  credential: Type.String({ description: 'token, password, certificate; empty: none.' }),
  source: Type.String({ description: 'Address of the client.' }),
  arguments: Type.String({ description: 'Secrets are shown as ***; empty when they did not fit.' }),
});

const Filter = Type.Object(
  {
    before: Type.Optional(Type.Integer({ minimum: 1, description: 'Entries older than this id.' })),
    caller: Type.Optional(Text),
    what: Type.Optional(Type.String({ description: 'module.function, module.*, login.' })),
    failed: Type.Optional(Bool),
  },
  { additionalProperties: false },
);

const example = {
  id: 7,
  at: '2026-01-01T12:00:00.000Z',
  caller: 'door',
  credential: 'token',
  source: '192.0.2.7',
  face: 'json-rpc',
  what: 'webconference.kickout',
  arguments: "room='4711' adminPin='***' call='6f0c2b3d4e5f60718293a4b5'",
  outcome: 'ok',
  trace: '5wJ0qz-1a',
};

export const auditFunctions = defineFunctions({
  list: fn({
    summary: 'The audit log, the newest first: what changed state, what was refused, logins that failed.',
    params: [
      opt('limit', Type.Integer({ minimum: 1, maximum: 1000 }), 'Default 100.'),
      opt('filter', Filter, 'All of what is given must fit.'),
    ],
    result: Type.Array(Entry),
    scope: 'audit:admin',
    examples: [{ params: [1, { caller: 'door' }], result: [example] }],
    async handler({ state }, limit = 100, filter = {}) {
      const entries = await state.list({ ...filter, limit });
      return entries.map(({ atUnixMs, ...entry }) => ({ ...entry, at: new Date(atUnixMs).toISOString() }));
    },
  }),
  ofCall: fn({
    summary: 'Who did what to a call, the newest first: what the audit log has with one of its names.',
    description: 'Without the arguments and the address of the client, for which audit.list asks more rights.',
    params: [
      arg(
        'names',
        Type.Array(Type.String({ minLength: 4, maxLength: 256 }), { minItems: 1, maxItems: 8 }),
        'Its tag, SIP Call-ID, trace id.',
      ),
      opt('limit', Type.Integer({ minimum: 1, maximum: 1000 }), 'Default 100.'),
    ],
    result: Type.Array(Deed),
    scope: 'audit:read',
    examples: [
      {
        params: [['6f0c2b3d4e5f60718293a4b5']],
        result: [
          {
            id: 7,
            at: '2026-01-01T12:00:00.000Z',
            caller: 'door',
            face: 'json-rpc',
            what: 'call.end',
            outcome: 'ok',
            trace: '5wJ0qz-1a',
          },
        ],
      },
    ],
    async handler({ state }, names, limit = 100) {
      const entries = await state.list({ naming: names, limit });
      return entries.map(({ id, atUnixMs, caller, face, what, outcome, trace }) => {
        const at = new Date(atUnixMs).toISOString();
        return { id, at, caller, face, what, outcome, trace };
      });
    },
  }),
});
