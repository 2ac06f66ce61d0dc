/**
 * A module from outside the tree: it brings a codec, a file format, an application, an event and
 * functions, and touches nothing of `core`.
 */
import Type from 'typebox';
import { arg, defineApplication, defineModule, type Prompt, rowsFor, Text } from '../../../core/index.ts';

/** A file of this module: `.ts` from source, `.js` when built. */
const beside = (name: string): URL =>
  new URL(`./${name}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

interface SampleState {
  served: number;
}

const { fn, defineFunctions } = rowsFor<SampleState>();

const functions = defineFunctions({
  greet: fn({
    summary: 'Greet somebody.',
    params: [arg('name', Text)],
    result: Type.Tuple([Text]),
    scope: 'sample:read',
    handler: (_context, name) => [`Hello, ${name}`],
  }),
  served: fn({
    summary: 'How many calls were served.',
    params: [],
    result: Type.Integer(),
    scope: 'sample:read',
    handler: ({ state }) => state.served,
  }),
  fail: fn({
    summary: 'Throw an error that is no CodedError.',
    params: [],
    result: Type.Integer(),
    scope: 'sample:control',
    handler: () => {
      throw new Error('sample fault');
    },
  }),
});

export const sample = defineModule({
  name: 'sample',
  summary: 'A module from outside the tree.',
  config: Type.Object(
    {
      greeting: Type.String({ default: '/sample/greeting.ul', description: 'File that callers hear.' }),
      broken: Type.Boolean({ default: false, description: 'Fail at the start.' }),
    },
    { additionalProperties: false, default: {} },
  ),
  codecs: [beside('codecs')],
  formats: [beside('formats')],
  functions,
  async start({ calls, config, declareEvent, publishDeclared, registerApplication }): Promise<SampleState> {
    if (config.broken) throw new Error('broken on purpose');
    const state: SampleState = { served: 0 };
    const greeting: Prompt = await calls.prompt(config.greeting);
    declareEvent('sample.served', {
      summary: 'A call was served.',
      scope: 'sample:read',
      payload: Type.Object({ call: Type.String() }),
    });
    registerApplication(
      defineApplication({
        name: 'sample',
        async onInvite(call) {
          await call.accept();
          state.served++;
          publishDeclared('sample.served', { call: call.tag });
          await call.play(greeting);
          call.hangup();
        },
      }),
    );
    return state;
  },
});

export default sample;
