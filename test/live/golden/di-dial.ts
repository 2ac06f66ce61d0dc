/** di-interfaces 5.3, row by row; `TAG` stands for the tag of the call that was placed. */
import { gives, type Step, tooFew, wrongType } from './transcript.ts';

/** The one difference from SEMS: what the dial rules forbid is a fault that names the key to change. */
const forbidden =
  'This destination may not be dialled: sip:carol@198.51.100.7: 198.51.100.7 is neither local nor a gateway; to allow it add 198.51.100.7 to dial.allow (or dial.gateways)';

/** Nobody listens there; a call that was placed is ended with the server. */
export const diDial = (sip: string): readonly Step[] => {
  const parties = ['sip:lab@127.0.0.1', `sip:carol@${sip}`];
  const credentials = ['realm', 'user', 'secret'];
  const uris = [`sip:a@${sip}`, `sip:b@${sip}`];
  return [
    gives(
      'di_dial.help',
      [],
      [
        'dial <application> <user> <from> <to>',
        'dial_auth <application> <user> <from> <to> <realm> <auth_user> <auth_pwd>',
        'dial_auth_b2b <application> <announcement> <from> <to> <caller_ruri> <callee_ruri> <realm> <auth_user> <auth_pwd>',
        'dial_pin <application> <dialout pin> <local user> <to user>',
      ],
    ),
    gives('di_dial._list', [], ['dial', 'dial_auth', 'dial_auth_b2b', 'dial_pin', 'help']),
    gives('dial', ['echo', 'me', ...parties], ['TAG']),
    gives('di_dial.dial', ['echo', 'me', ...parties, { colour: 'red' }], ['TAG']),
    gives('di_dial.dial', ['nosuch', 'me', ...parties], ['<failed>']),
    {
      method: 'di_dial.dial',
      params: ['echo', 'me', 'sip:lab@127.0.0.1', 'sip:carol@198.51.100.7'],
      refused: { json: -32015, fault: 403, text: forbidden },
    },
    gives('di_dial.dial_auth', ['echo', 'me', ...parties, ...credentials], ['TAG']),
    gives('di_dial.dial_auth', ['echo', 'me', ...parties, ...credentials, { colour: 'red' }], ['TAG']),
    gives('di_dial.dial_auth', ['nosuch', 'me', ...parties, ...credentials], ['<failed>\n']),
    gives('dial_auth_b2b', ['echo', 'hello', ...parties, ...uris, ...credentials], ['TAG']),
    gives('dial_auth_b2b', ['nosuch', 'hello', ...parties, ...uris, ...credentials], ['<failed>\n']),
    gives('dial_pin', ['echo', '4711', 'me', 'carol'], ['TAG']),
    gives('dial_pin', ['nosuch', '4711', 'me', 'carol'], ['<failed>\n']),
    gives('dial_pin', ['echo', '1234', 'me', 'carol'], ['incorrect dialout pin.\n']),
    tooFew('dial', ['echo', 'me', 'sip:lab@127.0.0.1'], 'missing to; 4 needed, 3 given'),
    tooFew('dial_auth', ['echo', 'me', ...parties, 'realm', 'user'], 'missing authPassword; 7 needed, 6 given'),
    tooFew('dial_pin', ['echo', '4711', 'me'], 'missing toUser; 4 needed, 3 given'),
    wrongType(
      'dial',
      [1, 'me', ...parties],
      'argument 1 (application): expected a string of 0 to 1024 characters without control characters, got 1',
    ),
  ];
};
