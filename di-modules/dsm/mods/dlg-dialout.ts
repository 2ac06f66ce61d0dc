import type { DsmVariables } from '../../../core/index.ts';
import { headerLines } from '../host/call-events.ts';
import type { DialOrder } from '../host/call-face.ts';

const mandatory = ['caller', 'callee', 'domain', 'app'] as const;

/** The call that `$name_*` describe (reference/dsm 5.1, `dlg.dialout`), or what is missing. */
export function dialOrder(variables: DsmVariables, name: string): DialOrder | string {
  const field = (key: string): string => variables.get(`${name}_${key}`);
  const missing = mandatory.filter((key) => field(key) === '').map((key) => `$${name}_${key}`);
  if (missing.length > 0) return `${missing.join(', ')} not set`;
  const [caller, callee, domain] = [field('caller'), field('callee'), field('domain')];
  const prefix = `${name}_var.`;
  const [user, password, tag] = [field('auth_user'), field('auth_pwd'), field('ltag')];
  return {
    application: field('app'),
    // "`@user` = the `user` given to dial-out (caller user)" (reference/dsm 2.1)
    user: caller,
    from: field('from') || `<sip:${caller}@${domain}>`,
    to: field('to') || `<sip:${callee}@${domain}>`,
    requestUri: field('r_uri') || `sip:${callee}@${domain}`,
    headers: headerLines(field('hdrs')),
    // Any realm, as in SEMS.
    ...(user === '' ? {} : { credentials: { realm: '', user, password } }),
    ...(tag === '' ? {} : { tag }),
    variables: Object.fromEntries(
      variables.withPrefix(prefix).map(([key, value]) => [key.slice(prefix.length), value]),
    ),
  };
}
