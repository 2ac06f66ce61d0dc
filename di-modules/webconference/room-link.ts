import type { CallSession, ModuleContext } from '../../core/index.ts';
import type { WebconferenceConfig } from './config.ts';

type LinkConfig = Pick<WebconferenceConfig, 'page_link' | 'page_url'>;

/**
 * Where the page that controls the room is, for the `u=` line of the answer (RFC 8866 5.5); null: there is none that
 * this phone could open. Without `page_url` the server's own HTTP listeners are asked, for the one that the phone
 * reaches. The PIN goes after `#`, which browsers send nowhere, and only where `link-with-pin` tells it to all callers.
 */
export async function roomLink(
  { config, invoke }: Pick<ModuleContext<LinkConfig>, 'config' | 'invoke'>,
  room: { readonly name: string; readonly adminPin: string },
  { dialog }: Pick<CallSession, 'dialog'>,
): Promise<string | null> {
  if (config.page_link === 'off') return null;
  const base = config.page_url === '' ? await ownPage(invoke, dialog) : config.page_url;
  if (base === '') return null;
  const pin =
    config.page_link === 'link-with-pin' && room.adminPin !== '' ? `#${encodeURIComponent(room.adminPin)}` : '';
  return `${base.replace(/\/+$/, '')}/c/${encodeURIComponent(room.name)}${pin}`;
}

/** Empty: the server has no page for that phone. */
async function ownPage(invoke: ModuleContext<unknown>['invoke'], dialog: CallSession['dialog']): Promise<string> {
  try {
    const url = await invoke('pages', 'url', [dialog.flow.remote.address, dialog.localAddress]);
    return typeof url === 'string' ? url : '';
  } catch {
    // No faces in this process: nobody serves a page.
    return '';
  }
}
