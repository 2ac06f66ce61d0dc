/** di-interfaces 5.4 to 5.7, 5.14, 5.16: the interfaces with few functions, row by row. */
import { gives, type Json, type Step, tooFew } from './transcript.ts';

const notExported = (module: string, name: string, params: readonly Json[]): Step => ({
  method: 'di',
  params: [module, name, ...params],
  refused: { json: -32601, fault: 504, text: `Exception: AmDynInvoke::NotImplemented: ${name}` },
});

export const diLog: readonly Step[] = [
  gives('di_log.help', [], ['dumplog\ndumplogtodisk <path>\n']),
  gives('di_log.dumplogtodisk', ['incident.log'], ['dumped to disk.\n']),
  gives('di', ['di_log', 'help'], ['dumplog\ndumplogtodisk <path>\n']),
  tooFew('di_log.dumplogtodisk', [], 'missing path; 1 needed, 0 given'),
];

/** Nobody answers at `registrar`. */
export const registrarClient = (registrar: string): readonly Step[] => {
  const account = [registrar, 'alice', 'Alice', 'auth', 'secret', ''];
  const listed = {
    auth_user: 'auth',
    contact: '',
    domain: registrar,
    event_sink: '',
    handle: 'h1',
    name: 'Alice',
    proxy: '',
    user: 'alice',
  };
  return [
    gives(
      'registrar_client._list',
      [],
      ['createRegistration', 'removeRegistration', 'getRegistrationState', 'listRegistrations'],
    ),
    gives('registrar_client.getRegistrationState', ['nobody'], [0]),
    gives('registrar_client.createRegistration', [...account, '', '', 'h1'], ['h1']),
    gives('registrar_client.listRegistrations', [], [listed]),
    gives('registrar_client.removeRegistration', ['nobody'], null),
    tooFew(
      'registrar_client.createRegistration',
      ['a', 'b'],
      'missing displayName, authUser, password, eventSink; 6 needed, 2 given',
    ),
  ];
};

export const callgen: readonly Step[] = [
  gives('callgen._list', [], ['createCalls', 'scheduleCalls', 'setTarget', 'callGenStats', 'help']),
  gives(
    'callgen.callGenStats',
    [],
    ['CallGen statistics: \n 0 active calls\n 0 current target\n 0 scheduled\n 0 total calls\n '],
  ),
];

export const uacAuth: readonly Step[] = [
  notExported('uac_auth', 'checkAuth', ['tag', 'realm', 'user', 'secret']),
  notExported('uac_auth', 'getHandler', [1, 2]),
];

export const rpcClients = (netstringPort: number): readonly Step[] => [
  gives('jsonrpc.getServerPort', [], [netstringPort]),
  gives('jsonrpc._list', [], ['execRpc', 'sendMessage', 'getServerPort', 'execServerFunction']),
  gives('jsonrpc.getServerPort', ['ignored'], [netstringPort]),
];
