/** The web page: files of the build, read once at the start, and served with what browsers need to be strict. */
import type { HttpHandler, HttpListener, HttpReply, HttpRequest } from '../core/http/index.ts';
import { asCodedError, type Files, type Log } from '../core/runtime/index.ts';

/** One file of the page in all its encodings. */
interface PageFile {
  readonly type: string;
  /** Of the contents, without quotes. */
  readonly hash: string;
  readonly plain: Uint8Array;
  readonly brotli: Uint8Array;
  readonly gzip: Uint8Array;
}

/** What was built; `index.html` among them. By name, such as `assets/app-3QZB.js`. */
export type WebPage = ReadonlyMap<string, PageFile>;

const maxFileBytes = 2_000_000;
const maxFiles = 200;

/** @param folder of the build, with `files.json`. Null: the page was not built, or not wholly. */
export async function readWebPage(files: Files, folder: string, log: Log): Promise<WebPage | null> {
  if ((await files.stat(`${folder}/files.json`)) === null) return null;
  const read = (name: string): Promise<Uint8Array> => files.read(`${folder}/${name}`, { limitBytes: maxFileBytes });
  try {
    const list: unknown = JSON.parse(Buffer.from(await read('files.json')).toString('utf8'));
    const entries = Array.isArray(list) ? list.slice(0, maxFiles).map(entryOf) : [];
    const page = await Promise.all(
      entries.map(async ({ name, type, hash }): Promise<[string, PageFile]> => {
        const [plain, brotli, gzip] = await Promise.all([read(name), read(`${name}.br`), read(`${name}.gz`)]);
        return [name, { type, hash, plain, brotli, gzip }];
      }),
    );
    return page.some(([name]) => name === 'index.html') ? new Map(page) : null;
  } catch (fault) {
    log.warn('the web page cannot be read: run npm run build', { folder, fault: asCodedError(fault).message });
    return null;
  }
}

function entryOf(value: unknown): { name: string; type: string; hash: string } {
  const { name, type, hash } = Object(value) as { readonly [member: string]: unknown };
  if (typeof name === 'string' && /^[\w./-]+$/.test(name) && typeof type === 'string' && typeof hash === 'string')
    return { name, type, hash };
  throw new Error('files.json is not of our build');
}

/** Paths that the page's own router knows; all of them are `index.html`. */
const pagePaths = ['/c/*', '/operator', '/operator/*'];

/**
 * Routes of the page. @param text what `GET /` gives to programs, which do not ask for HTML, and to everybody where
 * the page was not built.
 */
export function serveWebPage(listener: HttpListener, page: WebPage | null, text: HttpHandler): void {
  const index = page?.get('index.html');
  if (page === null || index === undefined) {
    listener.route('GET', '/', text);
    return;
  }
  const html: HttpHandler = (request) => answer(index, request, indexHeaders(request));
  listener.route('GET', '/', async (request) => {
    const reply = wantsHtml(request) ? await html(request) : await text(request);
    return { ...reply, headers: { ...reply.headers, Vary: 'Accept, Accept-Encoding' } };
  });
  for (const path of pagePaths) listener.route('GET', path, html);
  for (const [name, file] of page) {
    if (name !== 'index.html') listener.route('GET', `/${name}`, (request) => answer(file, request, assetHeaders));
  }
}

const wantsHtml = ({ headers }: HttpRequest): boolean => String(headers['accept'] ?? '').includes('text/html');

/** The name carries a hash of the contents: what it names never changes. */
const assetHeaders = {
  'Cache-Control': 'public, max-age=31536000, immutable',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * No inline script, no inline style, nothing from elsewhere. WebSockets of this host are named for browsers whose
 * `'self'` does not cover them; a policy has no way to write an IPv6 address, which they are told as an error.
 */
function indexHeaders({ headers }: HttpRequest): { readonly [name: string]: string } {
  const host = String(headers['host'] ?? '');
  const sockets = /^[\w.-]+(?::\d+)?$/.test(host) ? ` ws://${host} wss://${host}` : '';
  return {
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      `connect-src 'self'${sockets}`,
      'media-src blob:',
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ].join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'microphone=(self), camera=(), geolocation=(), display-capture=()',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
}

function answer(file: PageFile, request: HttpRequest, more: { readonly [name: string]: string }): HttpReply {
  const encoding = encodingFor(String(request.headers['accept-encoding'] ?? ''));
  // RFC 9110, 8.8.3.3: representations that differ in their encoding need validators that differ.
  const tag = `"${file.hash}${encoding === null ? '' : `-${encoding}`}"`;
  const headers = { ...more, ETag: tag, Vary: 'Accept-Encoding' };
  if (matches(String(request.headers['if-none-match'] ?? ''), tag)) return { status: 304, headers };
  return {
    status: 200,
    headers: { ...headers, 'Content-Type': file.type, ...(encoding === null ? {} : { 'Content-Encoding': encoding }) },
    body: encoding === 'br' ? file.brotli : encoding === 'gzip' ? file.gzip : file.plain,
  };
}

/** Weak comparison (RFC 9110, 13.1.2). */
function matches(header: string, tag: string): boolean {
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag);
}

/** The better of those that the client takes (RFC 9110, 12.5.3; `q=0` refuses); null: as it is. */
export function encodingFor(header: string): 'br' | 'gzip' | null {
  const accepted = new Set(
    header
      .toLowerCase()
      .split(',')
      .map((one) => one.split(';').map((part) => part.trim()))
      .filter(([, weight = '']) => !/^q=0(\.0*)?$/.test(weight))
      .map(([name]) => name),
  );
  if (accepted.has('br')) return 'br';
  return accepted.has('gzip') ? 'gzip' : null;
}
