import {
  type DsmAction,
  type DsmModule,
  type DsmScript,
  type HttpClientReply,
  secureToken,
} from '../../../core/index.ts';
import { bareName } from '../engine/index.ts';
import { writableFault } from './folders.ts';
import { bodyText, isFault, requestOf, type ScriptRequest } from './request.ts';
import { action } from './rows.ts';
import { serverOf } from './server.ts';

const errno = ['file', 'arg', 'general'];
/** Of a file that is fetched. */
const fileBytes = 64 << 20;

/** "Control `$curl.timeout` (s); result `$curl.out`; error text `$curl.err`." Null: it failed and that is said. */
async function fetched(script: DsmScript, request: ScriptRequest): Promise<HttpClientReply | null> {
  const outcome = await requestOf(script, { ...request, timeout: script.variables.get('curl.timeout') });
  if (!isFault(outcome)) {
    script.clearError();
    return outcome;
  }
  script.setError(outcome.errno, outcome.text);
  script.variables.set('curl.err', outcome.text);
  return null;
}

async function intoOut(script: DsmScript, request: ScriptRequest): Promise<undefined> {
  const reply = await fetched(script, request);
  if (reply !== null) script.variables.set('curl.out', bodyText(reply));
}

async function unread(script: DsmScript, request: ScriptRequest): Promise<undefined> {
  const reply = await fetched(script, request);
  if (reply !== null) script.log.debug('DSM: a reply that the script does not want', { status: reply.status });
}

/** Names and values of a list `$a;$b`. */
function fields(script: DsmScript, list: string): readonly (readonly [name: string, value: string])[] {
  const names = list.split(';').map((name) => bareName(name.trim()));
  return names.filter((name) => name !== '').map((name) => [name, script.variables.get(name)]);
}

/** "GET with `?name=value&…` (values not encoded; `&` if url already has `?`)". Blanks cannot be in a URL. */
function withForm(script: DsmScript, url: string, list: string): string {
  const query = fields(script, list).map(([name, value]) => `${name}=${value}`);
  if (query.length === 0) return url;
  return `${url}${url.includes('?') ? '&' : '?'}${query.join('&').replace(/\s/g, (blank) => encodeURIComponent(blank))}`;
}

/** RFC 7578. */
function posted(script: DsmScript, url: string, list: string): ScriptRequest {
  const boundary = `----callbus${secureToken(serverOf(script).random, 12)}`;
  const parts = fields(script, list).map(([name, value]) => {
    const shown = name.replace(/["\r\n]/g, (char) => encodeURIComponent(char));
    return `--${boundary}\r\nContent-Disposition: form-data; name="${shown}"\r\n\r\n${value}\r\n`;
  });
  return {
    method: 'POST',
    url,
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: `${parts.join('')}--${boundary}--\r\n`,
  };
}

async function toFile(script: DsmScript, url: string, path: string): Promise<undefined> {
  const { files } = serverOf(script);
  const refused = writableFault(script, path);
  const reply = refused === null ? await fetched(script, { method: 'GET', url, replyBytes: fileBytes }) : null;
  if (refused === null && reply === null) return;
  const fault = refused ?? (await files.write(path, reply?.body ?? new Uint8Array(0)).then(() => null, String));
  if (fault === null) return;
  script.setError('file', fault);
  script.variables.set('curl.err', fault);
}

const actions: readonly DsmAction[] = [
  action.one('url')({
    name: 'curl.get',
    summary: 'GET; the reply is $curl.out.',
    errno,
    run: (script, url) => intoOut(script, { method: 'GET', url }),
  }),
  action.one('url')({
    name: 'curl.getDiscardResult',
    summary: 'GET; the reply is not kept.',
    errno,
    run: (script, url) => unread(script, { method: 'GET', url }),
  }),
  action.twoMaybe(
    'url',
    'path',
  )({ name: 'curl.getFile', summary: 'GET; the reply becomes a file.', errno, run: toFile }),
  action.twoMaybe(
    'url',
    '$a;$b:L',
  )({
    name: 'curl.getForm',
    summary: 'GET with these variables in the query; the reply is $curl.out.',
    errno,
    run: (script, url, list) => intoOut(script, { method: 'GET', url: withForm(script, url, list) }),
  }),
  action.twoMaybe(
    'url',
    '$a;$b:L',
  )({
    name: 'curl.post',
    summary: 'POST of a form with these variables; the reply is $curl.out.',
    errno,
    run: (script, url, list) => intoOut(script, posted(script, url, list)),
  }),
  action.twoMaybe(
    'url',
    '$a;$b:L',
  )({
    name: 'curl.postDiscardResult',
    summary: 'POST of a form with these variables; the reply is not kept.',
    errno,
    run: (script, url, list) => unread(script, posted(script, url, list)),
  }),
];

/** Requests to web servers as SEMS has them, without blocking other calls (reference/dsm 5.7). */
export const modCurl: DsmModule = {
  name: 'mod_curl',
  summary: 'Requests to web servers.',
  actions,
  conditions: [],
};
