import {
  arg,
  Int,
  type InvokeContext,
  opt,
  type Random,
  rowsFor,
  secret,
  secureToken,
  Type,
  Void,
} from '../../core/index.ts';
import type { AccountOrder, RegistrationBook } from './registration-book.ts';

export interface RegistrarClientState {
  readonly book: RegistrationBook;
  readonly random: Random;
}

const { fn, defineFunctions } = rowsFor<RegistrarClientState>();

/** Text that goes into a SIP header: no control characters. */
const HeaderText = Type.String({ maxLength: 512, pattern: '^[^\\u0000-\\u001f\\u007f]*$' });
const User = Type.String({ minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u0020\\u007f<>"@,;?]+$' });
const Domain = Type.String({ minLength: 1, maxLength: 260, pattern: '^[A-Za-z0-9_.:\\[\\]-]+$' });
const Address = Type.String({ maxLength: 512, pattern: '^[^\\u0000-\\u0020\\u007f,]*$' });
const Handle = Type.String({ minLength: 1, maxLength: 128, pattern: '^[^\\u0000-\\u001f\\u007f]+$' });

const Listed = Type.Object({
  auth_user: Type.String(),
  contact: Type.String(),
  domain: Type.String(),
  event_sink: Type.String(),
  handle: Type.String(),
  name: Type.String(),
  proxy: Type.String(),
  user: Type.String(),
});

/** SEMS's `registrar_client` (di-interfaces 5.6). */
export const functions = defineFunctions({
  createRegistration: fn({
    summary: 'Register an account, and keep it registered.',
    description:
      'What becomes of it is told by the events registration.* and to the event sink. The same handle again replaces its registration.',
    params: [
      arg('domain', Domain, 'The registrar: host[:port] of the account.'),
      arg('user', User, 'User part of the account.'),
      arg('displayName', HeaderText, 'May be empty.'),
      arg('authUser', HeaderText, 'User of the credentials; empty: as user.'),
      arg('password', secret(Type.String({ maxLength: 1024 })), 'For the digest.'),
      arg('eventSink', HeaderText, 'Name of a mailbox (a call tag, a script) that gets the events; empty: none.'),
      opt('proxy', Address, 'sip:host goes in front as Route; host[:port][/transport] is the next hop.'),
      opt('contact', Address, 'What is registered; empty: our own address.'),
      opt('handle', Type.String({ maxLength: 128 }), 'Default: a new one.'),
    ],
    result: Type.Array(Type.String(), { minItems: 1, maxItems: 1, description: '[handle]' }),
    scope: 'registrar_client:control',
    limit: 'domain',
    examples: [
      {
        params: ['192.168.1.20', 'alice', 'Alice', '', 'secret', '', '', '', 'alice-1'],
        result: ['alice-1'],
      },
    ],
    handler: (context, domain, user, displayName, authUser, password, eventSink, proxy, contact, handle) =>
      create(context, {
        domain,
        user,
        displayName,
        authUser,
        password,
        eventSink,
        proxy: proxy ?? '',
        contact: contact ?? '',
        handle: handle ?? '',
      }),
  }),
  removeRegistration: fn({
    summary: 'De-register, and forget the registration when the registrar has answered.',
    params: [arg('handle', Handle, 'An unknown one is ignored.')],
    result: Void,
    scope: 'registrar_client:control',
    examples: [{ params: ['6f0c2b3d4e5f60718293a4b5'], result: null }],
    handler({ state }, handle) {
      state.book.remove(handle);
      return null;
    },
  }),
  getRegistrationState: fn({
    summary: 'How a registration stands.',
    params: [arg('handle', Handle, 'As createRegistration gave it.')],
    result: Type.Array(Int, {
      description: '[1, state, seconds left] with state 0 pending, 1 active, 2 neither; [0]: unknown handle.',
    }),
    scope: 'registrar_client:read',
    examples: [{ params: ['alice-1'], result: [1, 1, 3540] }],
    handler({ state }, handle) {
      const found = state.book.state(handle);
      return found === null ? [0] : [1, ...found];
    },
  }),
  listRegistrations: fn({
    summary: 'All registrations, without passwords and states.',
    params: [],
    result: Type.Array(Listed),
    scope: 'registrar_client:read',
    examples: [
      {
        params: [],
        result: [
          {
            auth_user: '',
            contact: '',
            domain: 'sip.example',
            event_sink: '',
            handle: '6f0c2b3d4e5f60718293a4b5',
            name: '',
            proxy: '',
            user: 'alice',
          },
        ],
      },
    ],
    handler: ({ state }) => state.book.orders().map(listed),
  }),
});

function create({ state }: InvokeContext<RegistrarClientState>, order: AccountOrder): string[] {
  const handle = order.handle === '' ? secureToken(state.random, 12) : order.handle;
  state.book.create({ ...order, handle });
  return [handle];
}

function listed({ authUser, contact, domain, eventSink, handle, displayName, proxy, user }: AccountOrder) {
  return { auth_user: authUser, contact, domain, event_sink: eventSink, handle, name: displayName, proxy, user };
}
