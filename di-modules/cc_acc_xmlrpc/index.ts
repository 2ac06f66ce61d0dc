/** Accounts of credits at an XML-RPC server: SEMS's `cc_acc_xmlrpc` (di-interfaces 5.15), under the name `cc_acc`. */
import {
  arg,
  CodedError,
  type Disposable,
  type DiValue,
  defineModule,
  Int,
  type ModuleContext,
  rowsFor,
  type Static,
  Type,
  Void,
} from '../../core/index.ts';

const Config = Type.Object(
  {
    server_address: Type.String({ minLength: 1, default: 'localhost', description: 'Where the server is.' }),
    server_port: Type.Integer({ minimum: 1, maximum: 65_535, default: 8000, description: 'Its port.' }),
    server_uri: Type.String({ pattern: '^(/[!-~]*)?$', default: '', description: 'Path; empty: /RPC2.' }),
  },
  { additionalProperties: false, default: {}, description: 'Credits of accounts at an XML-RPC server.' },
);

interface State {
  /** Calls a method of the server; its result. */
  ask(method: string, parameter: DiValue): Promise<number>;
  readonly registered: Disposable;
}

const { fn, defineFunctions } = rowsFor<Pick<State, 'ask'>>();
const pin = arg('pin', Type.String({ minLength: 1, maxLength: 128 }), 'The account.');
const Credit = Type.Tuple([Int]);

const functions = defineFunctions({
  getCredit: fn({
    summary: 'The credit of an account, as the server says; -1: there is no such account.',
    params: [pin],
    result: Credit,
    scope: 'cc_acc:read',
    limit: 'pin',
    examples: [{ params: ['1234'], result: [350] }],
    handler: async ({ state }, pin) => [await state.ask('getCredit', pin)],
  }),
  subtractCredit: fn({
    summary: 'Takes credits from an account; gives what is left, as the server says, or -1.',
    params: [pin, arg('amount', Type.Integer({ minimum: 0, maximum: 2_147_483_647 }), 'Credits.')],
    result: Credit,
    scope: 'cc_acc:control',
    limit: 'pin',
    // One parameter: an array of one struct, as SEMS sends it.
    examples: [{ params: ['1234', 60], result: [290] }],
    handler: async ({ state }, pin, amount) => [
      await state.ask('subtractCredit', [{ methodName: 'subtractCredit', pin, amount }]),
    ],
  }),
  connectCall: fn({
    summary: 'Has no effect, as in SEMS.',
    params: [],
    result: Void,
    scope: 'cc_acc:control',
    examples: [{ params: [], result: null }],
    handler: () => null,
  }),
});

/** The pool of servers of `xmlrpc2di` that is ours. */
const pool = 'cc_acc_xmlrpc';

export const ccAccXmlrpc = defineModule({
  name: 'cc_acc_xmlrpc',
  summary: 'Accounts of credits at an XML-RPC server, under the name cc_acc; instead of cc_acc.',
  needs: ['xmlrpc2di'],
  config: Config,
  async start({ bus, config, invoke }: ModuleContext<Static<typeof Config>>): Promise<State> {
    const { server_address: host, server_port: port, server_uri: uri } = config;
    await invoke('xmlrpc2di', 'newConnection', [pool, host, port, uri]);
    const ask: State['ask'] = async (method, parameter) =>
      creditOf(await invoke('xmlrpc2di', 'sendRequest', [pool, method, [parameter]]));
    return { ask, registered: bus.register('cc_acc', functions, { ask }) };
  },
  stop: ({ registered }: State) => registered.dispose(),
});

/** @throws CodedError `network.failed`: no server, a fault of it, or no whole number. */
function creditOf(reply: DiValue): number {
  const [code, text, result]: readonly DiValue[] = Array.isArray(reply) ? reply : [];
  if (code !== 0) throw new CodedError('network.failed', `the accounting server: ${String(text)}`);
  if (typeof result !== 'number') throw new CodedError('network.failed', 'the accounting server gave no whole number');
  return result;
}
