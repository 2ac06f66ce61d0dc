import { arg, Int, opt, rowsFor, Type } from '../../core/index.ts';
import type { Mwi } from './mwi.ts';

const { fn, defineFunctions } = rowsFor<Mwi>();

const Name = Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f\\u007f]+$' });

/** SEMS's `mwi` (di-interfaces 5.12). */
export const functions = defineFunctions({
  publish: fn({
    summary: 'Count the messages of a user and tell the presence server and the subscribers.',
    params: [
      arg('domain', Name, 'Domain of the user.'),
      arg('user', Name, 'Whose messages.'),
      opt('event', Name, 'Ignored, as in SEMS.'),
    ],
    result: Type.Tuple([Int], { description: '[0]: sent; what became of it stands in the log.' }),
    scope: 'mwi:control',
    limit: 'domain',
    errors: ['dial.forbidden', 'dial.failed'],
    examples: [{ params: ['example.org', 'alice'], result: [0] }],
    async handler({ state }, domain, user) {
      await state.publish(domain, user);
      return [0];
    },
  }),
});
