import { arg, Int, opt, rowsFor, secret, Type } from '../../core/index.ts';
import type { DbRegAgent } from './agent.ts';

const { fn, defineFunctions } = rowsFor<DbRegAgent>();

const Done = Type.Tuple([Int, Type.String()], { description: '[200, "OK"]: it is queued.' });
const User = Type.String({ minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u0020\\u007f<>"@,;?]+$' });
const Realm = Type.String({ minLength: 1, maxLength: 260, pattern: '^[A-Za-z0-9_.:\\[\\]-]+$' });
const Contact = Type.String({ maxLength: 512, pattern: '^[^\\u0000-\\u0020\\u007f,]*$' });

const id = arg('subscriberId', Int, 'subscriber_id of the tables.');
const subscriber = [
  id,
  arg('user', User, 'User part of the account.'),
  arg('password', secret(Type.String({ maxLength: 1024 })), 'For the digest.'),
  arg('realm', Realm, 'Domain of the account: its registrar.'),
  opt('contact', Contact, 'What is registered; empty: contact_hostport, or our own address.'),
] as const;

const done: [number, string] = [200, 'OK'];

/** SEMS's `db_reg_agent` (di-interfaces 5.7). */
export const functions = defineFunctions({
  createRegistration: fn({
    summary: 'Register a subscriber; one of that id is replaced.',
    params: subscriber,
    result: Done,
    scope: 'db_reg_agent:control',
    examples: [{ params: [7, 'alice', 'secret', '192.168.1.20'], result: [200, 'OK'] }],
    handler({ state }, id, user, password, realm, contact = '') {
      state.create({ id, user, password, realm, contact });
      return done;
    },
  }),
  updateRegistration: fn({
    summary: 'Change a subscriber, and register it anew when anything changed; an unknown one is created.',
    params: subscriber,
    result: Done,
    scope: 'db_reg_agent:control',
    examples: [{ params: [7, 'alice', 'secret', '192.168.1.20'], result: [200, 'OK'] }],
    handler({ state }, id, user, password, realm, contact = '') {
      state.update({ id, user, password, realm, contact });
      return done;
    },
  }),
  removeRegistration: fn({
    summary: 'De-register a subscriber.',
    params: [id],
    result: Done,
    scope: 'db_reg_agent:control',
    examples: [{ params: [7], result: [200, 'OK'] }],
    handler({ state }, id) {
      state.remove(id);
      return done;
    },
  }),
  refreshRegistration: fn({
    summary: 'Register a subscriber now instead of when it is due.',
    params: [id],
    result: Done,
    scope: 'db_reg_agent:control',
    examples: [{ params: [7], result: [200, 'OK'] }],
    handler({ state }, id) {
      state.refresh(id);
      return done;
    },
  }),
});
