/** di-interfaces 5.4 to 5.7, 5.14, 5.16: the interfaces with few functions, row by row. */
import { gives, notExported, type Step, tooFew, wrongType } from './transcript.ts';

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
  gives('jsonrpc.execServerFunction', ['core.calls', '7', []], { id: '7', jsonrpc: '2.0', result: [0] }),
  gives('jsonrpc.execServerFunction', ['monitoring.list', 'a', []], { id: 'a', jsonrpc: '2.0', result: [] }),
  gives('di', ['jsonrpc', 'execServerFunction', 'core.set_loglevel', '', [0]], {
    id: '',
    jsonrpc: '2.0',
    result: null,
  }),
  gives('jsonrpc.sendMessage', ['nosuch', 0, 'core.calls', '1', '', []], [400, 'unknown connection']),
  gives('jsonrpc.sendMessage', ['nosuch', 1, '', '1', '', { colour: 'red' }, 'mine'], [400, 'unknown connection']),
  wrongType('jsonrpc.sendMessage', ['nosuch', 0, 'core.calls', '1', '', 5], 'params: expected an array or a struct'),
  tooFew('jsonrpc.sendMessage', ['nosuch', 0], 'missing method, id, replySink; 5 needed, 2 given'),
  tooFew('jsonrpc.execServerFunction', ['core.calls', '7'], 'missing params; 3 needed, 2 given'),
  tooFew('jsonrpc.execRpc', ['', '', ''], 'missing flags, host, port, method; 7 needed, 3 given'),
];

/** 5.15. Played once a wire: it begins with a credit that is set. */
export const ccAcc: readonly Step[] = [
  gives('cc_acc._list', [], ['getCredit', 'subtractCredit', 'setCredit', 'addCredit', 'connectCall']),
  gives('cc_acc.getCredit', ['nobody'], [-1]),
  gives('cc_acc.subtractCredit', ['nobody', 1], [-1]),
  gives('cc_acc.setCredit', ['1234', 350], [350]),
  gives('cc_acc.subtractCredit', ['1234', 60], [290]),
  gives('di', ['cc_acc', 'getCredit', '1234'], [290]),
  gives('cc_acc.subtractCredit', ['1234', 600], [0]),
  gives('cc_acc.addCredit', ['1234', 5], [5]),
  gives('cc_acc.setCredit', ['1234', 2147483647], [2147483647]),
  gives('cc_acc.connectCall', [], null),
  tooFew('cc_acc.subtractCredit', ['1234'], 'missing amount; 2 needed, 1 given'),
  wrongType('cc_acc.addCredit', ['1234', -1], 'argument 2 (amount): expected an integer of at least 0, got -1'),
];

/** 5.7. Nobody answers at `registrar`. */
export const dbRegAgent = (registrar: string): readonly Step[] => {
  const account = [7, 'alice', 'secret', registrar];
  const queued = [200, 'OK'];
  return [
    gives(
      'db_reg_agent._list',
      [],
      ['createRegistration', 'updateRegistration', 'removeRegistration', 'refreshRegistration'],
    ),
    gives('db_reg_agent.createRegistration', account, queued),
    gives('db_reg_agent.updateRegistration', [...account, 'sip:alice@127.0.0.1'], queued),
    gives('di', ['db_reg_agent', 'refreshRegistration', 7], queued),
    gives('db_reg_agent.removeRegistration', [7], queued),
    gives('db_reg_agent.removeRegistration', [4711], queued),
    tooFew('db_reg_agent.createRegistration', [7, 'alice'], 'missing password, realm; 4 needed, 2 given'),
  ];
};

/** 5.16. A server of the pools is given by the configuration or an administrator. */
export const xmlrpc2di: readonly Step[] = [
  gives('xmlrpc2di._list', [], ['newConnection', 'sendRequest', 'sendRequestList']),
  gives('xmlrpc2di.sendRequest', ['billing', 'getCredit', ['1234']], [-1, 'no active connections']),
  gives('di', ['xmlrpc2di', 'sendRequest', 'billing', 'getCredit', []], [-1, 'no active connections']),
  gives('xmlrpc2di.sendRequestList', ['billing', 'getCredit', '1234', 60], [-1, 'no active connections']),
  tooFew('xmlrpc2di.sendRequest', ['billing', 'getCredit'], 'missing params; 3 needed, 2 given'),
];
