import type { Call } from '../../../core/index.ts';

/** `@name` of a call (reference/dsm 2.1); unknown: ''. */
export function selectOf(call: Call, name: string): string {
  const { dialog } = call.session;
  const isIn = call.direction === 'in';
  switch (name) {
    case 'local_tag':
      return call.tag;
    case 'remote_tag':
      return dialog.ids.remoteTag;
    case 'callid':
      return dialog.ids.callId;
    case 'user':
      return call.user;
    case 'domain':
      return isIn ? call.domain : '';
    case 'local_uri':
      return isIn ? call.ruri : dialog.from.uriText;
    case 'local_party':
      return isIn ? call.to : call.from;
    case 'remote_party':
      return call.remoteParty;
    case 'remote_uri':
      return isIn ? remoteTarget(call) : call.ruri;
    default:
      return '';
  }
}

/** "remote target (Contact, or From URI without Contact)". */
function remoteTarget(call: Call): string {
  const { dialog } = call.session;
  const contact = dialog.invite.header('Contact') ?? '';
  const uri = /<([^>]*)>/.exec(contact)?.[1] ?? contact.split(';', 1)[0]?.trim() ?? '';
  return uri === '' ? dialog.from.uriText : uri;
}
