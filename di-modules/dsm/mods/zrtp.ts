/**
 * ZRTP (reference/dsm 5.12), which this server does not have: a script that imports it loads, and is told so where it
 * does and by every action. Nothing is encrypted by it; SRTP is (`sip` and `media` of the configuration).
 */
import type { DsmAction, DsmCondition, DsmModule, DsmScript } from '../../../core/index.ts';
import { action, condition } from './rows.ts';

const lacks = 'ZRTP is not part of this server: no call is encrypted by it; SRTP is there';

function refuse(script: DsmScript, name: string): undefined {
  script.log.warn(`DSM: ${name}: ${lacks}`);
  script.setError('general', lacks);
}

/** Sets what a session without ZRTP has. */
function without(script: DsmScript, name: string, values: { readonly [variable: string]: string }): undefined {
  for (const [variable, value] of Object.entries(values)) script.variables.set(variable, value);
  return refuse(script, name);
}

const errno = ['general'];

/** `false` is what is so anyhow. */
const switches: readonly DsmAction[] = ['setEnabled', 'setAllowclear', 'setAutosecure', 'setDisclosebit'].map((name) =>
  action.one('on')({
    name: `zrtp.${name}`,
    summary: 'Refused: there is no ZRTP. `false` is good.',
    errno,
    run: (script, on) => (on === 'false' ? void script.clearError() : refuse(script, `zrtp.${name}`)),
  }),
);

const verifications: readonly DsmAction[] = ['setVerified', 'setUnverified'].map((name) =>
  action.two(
    'zid',
    'peer zid',
  )({
    name: `zrtp.${name}`,
    summary: 'Refused: there is no ZRTP.',
    errno,
    run: (script) => refuse(script, `zrtp.${name}`),
  }),
);

const others: readonly DsmAction[] = [
  action.twoMaybe(
    'first:N',
    'second:N',
  )({
    name: 'zrtp.getSAS',
    summary: 'Empties both variables: there is no ZRTP.',
    errno,
    run: (script, first, second) =>
      without(script, 'zrtp.getSAS', { [first]: '', ...(second === '' ? {} : { [second]: '' }) }),
  }),
  action.one('struct:N')({
    name: 'zrtp.getSessionInfo',
    summary: 'Sets $struct.sas_is_ready and $struct.sas_is_verified to false: there is no ZRTP.',
    errno,
    run: (script, name) =>
      without(script, 'zrtp.getSessionInfo', {
        [`${name}.sas_is_ready`]: 'false',
        [`${name}.sas_is_verified`]: 'false',
      }),
  }),
  action.one('hash')({
    name: 'zrtp.setSignalingHash',
    summary: 'Refused: there is no ZRTP.',
    errno,
    run: (script) => refuse(script, 'zrtp.setSignalingHash'),
  }),
  action.one('variable:N')({
    name: 'zrtp.getSignalingHash',
    summary: 'Empties the variable: there is no ZRTP.',
    errno,
    run: (script, name) => without(script, 'zrtp.getSignalingHash', { [name]: '' }),
  }),
];

const conditions: readonly DsmCondition[] = ['protocolEvent', 'securityEvent'].map((name) =>
  condition.one('expression')({
    name: `zrtp.${name}`,
    summary: 'Never true: there is no ZRTP.',
    test: () => false,
  }),
);

export const modZrtp: DsmModule = {
  name: 'mod_zrtp',
  summary: 'Not there: a script that imports it loads, and is told that nothing is encrypted by it.',
  lacks,
  actions: [...switches, ...verifications, ...others],
  conditions,
};
