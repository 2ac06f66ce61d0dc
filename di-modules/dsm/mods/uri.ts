import type { DsmModule, DsmScript } from '../../../core/index.ts';
import { extraHeaders } from '../host/call-events.ts';
import { callFaceOf } from '../host/call-face.ts';
import { action } from './rows.ts';
import { decodePercent, encodePercent, splitNameAddress, splitUri, type UriPieces } from './uri-text.ts';

function setPieces({ variables }: DsmScript, prefix: string, pieces: UriPieces): void {
  for (const [name, value] of Object.entries(pieces)) variables.set(`${prefix}${name}`, value);
}

/** URIs and headers (reference/dsm 5.2). */
export const modUri: DsmModule = {
  name: 'mod_uri',
  summary: 'URIs, name-addr texts and headers taken apart.',
  actions: [
    action.twoMaybe(
      'uri',
      'prefix',
    )({
      name: 'uri.parse',
      summary: 'Sets <prefix>user, host, port, headers, param.',
      errno: ['general'],
      run(script, uri, prefix) {
        const pieces = splitUri(uri);
        if (pieces === null) script.setError('general', `uri.parse: ${uri.slice(0, 80)} is no URI`);
        else {
          setPieces(script, prefix, pieces);
          script.clearError();
        }
        return undefined;
      },
    }),
    action.twoMaybe(
      'nameaddr',
      'prefix',
    )({
      name: 'uri.parseNameaddr',
      summary: 'The same of a From or To, with <prefix>display_name and <prefix>uri_param.<name>.',
      errno: ['general'],
      run(script, text, prefix) {
        const found = splitNameAddress(text);
        if (found === null) {
          script.setError('general', `uri.parseNameaddr: ${text.slice(0, 80)} has no URI`);
          return undefined;
        }
        script.variables.set(`${prefix}display_name`, found.displayName);
        setPieces(script, prefix, found.uri);
        for (const [name, value] of found.parameters) script.variables.set(`${prefix}uri_param.${name}`, value);
        script.clearError();
        return undefined;
      },
    }),
    action.two(
      'header',
      'dst:RN',
    )({
      name: 'uri.getHeader',
      summary: "The first header of that name in $hdrs, which are those of the caller's INVITE.",
      run(script, header, dst) {
        script.variables.set(dst, headerIn(script.variables.get('hdrs'), header));
        return undefined;
      },
    }),
    action.assign(
      'dst:N',
      'text',
    )({
      name: 'uri.encode',
      summary: 'Escapes all but letters, digits and - _ . ~ as %XX.',
      run: (script, dst, text) => void script.variables.set(dst, encodePercent(text)),
    }),
    action.assign(
      'dst:N',
      'text',
    )({
      name: 'uri.decode',
      summary: 'Undoes uri.encode; %% is %.',
      run: (script, dst, text) => void script.variables.set(dst, decodePercent(text)),
    }),
  ],
  conditions: [],
  /** "`$hdrs` := all extra headers of the initial INVITE". */
  onInvite(script) {
    const invite = callFaceOf(script)?.invite ?? null;
    if (invite !== null) script.variables.set('hdrs', extraHeaders(invite));
    return undefined;
  },
};

function headerIn(headers: string, name: string): string {
  const wanted = name.toLowerCase();
  for (const line of headers.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0 && line.slice(0, colon).trim().toLowerCase() === wanted) return line.slice(colon + 1).trim();
  }
  return '';
}
