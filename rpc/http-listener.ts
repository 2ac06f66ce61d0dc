/** One HTTP listener of `rpc.listen` or `rpc.listeners`, with its own policy and certificate. */
import type { Caller } from '../core/di/index.ts';
import { createHttpListener, type HttpListener, type HttpRequest, type HttpTls } from '../core/http/index.ts';
import { asCodedError, CodedError, type Seams } from '../core/runtime/index.ts';
import type { FaceTlsConfig, HttpFaceConfig } from './access-config.ts';
import type { Authenticator, Origin } from './auth.ts';
import type { RpcConfig } from './config.ts';
import { type HttpFacesOptions, refusalBody, refuse, serveHttp } from './http-faces.ts';
import type { SessionServices } from './jsonrpc/session.ts';
import { createWebSocketFace } from './jsonrpc/websocket.ts';
import { createPolicy, opensByDefault } from './listener-policy.ts';
import type { SelfSigned } from './self-signed.ts';

export interface HttpFaceOptions {
  readonly key: string;
  readonly face: HttpFaceConfig & { readonly port: number };
  readonly config: RpcConfig;
  readonly seams: Seams;
  readonly selfSigned: SelfSigned;
  readonly auth: Authenticator;
  /** `login` and `isCurrent` are this listener's own. */
  readonly services: Omit<SessionServices, 'login' | 'isCurrent'>;
  readonly faces: Omit<HttpFacesOptions, 'callerOf'>;
}

/** @throws CodedError `port.taken`, `network.failed`, `config.invalid`, `tls.credentials`. */
export async function startHttpFace(options: HttpFaceOptions): Promise<HttpListener> {
  const { key, face, config, seams, auth, services } = options;
  const tls = face.tls === 'self-signed' ? await options.selfSigned.current() : await readTls(key, face.tls, seams);
  const policy = createPolicy({
    access: face.access,
    address: face.address,
    openByDefault: opensByDefault(config),
  });
  const listener = await createHttpListener({
    ...(tls === null ? {} : { tls }),
    address: face.address,
    port: face.port,
    hosts: config.hosts,
    origins: config.origins,
    limits: config.limits,
    log: seams.log.child({ part: 'http' }),
    counters: seams.counters,
    clock: seams.clock,
    refusal: refusalBody,
  });
  const originOf = (source: string, face: string): Origin => ({
    source,
    face,
    isEncrypted: tls !== null,
    policy,
  });
  const headerOf = ({ headers }: HttpRequest): string | undefined => {
    const header = headers['authorization'];
    return typeof header === 'string' ? header : undefined;
  };
  const callerOf = (request: HttpRequest): Caller | Promise<Caller> =>
    auth.authenticate(headerOf(request), originOf(request.source, 'http'), request.certificate);

  serveHttp(listener, { ...options.faces, callerOf });
  listener.upgrade(
    '/ws',
    createWebSocketFace({
      services: {
        ...services,
        login: (credentials, source) => auth.login(credentials, originOf(source, 'websocket')),
        isCurrent: (caller) => auth.isCurrent(caller, policy),
      },
      clock: seams.clock,
      // Browsers cannot send the header: they log in by their first message.
      callerOf: async (request) =>
        headerOf(request) === undefined
          ? auth.callerWithoutLogin(originOf(request.source, 'websocket'), request.certificate)
          : callerOf(request),
      refuse: (fault, request) => refuse(fault, request.headers),
    }),
  );
  return listener;
}

/** The texts of a `tls` of files, null without. @throws CodedError `config.invalid`, `tls.credentials`. */
export async function readTls(
  key: string,
  tls: Exclude<FaceTlsConfig, 'self-signed'> | undefined,
  { files, network }: Pick<Seams, 'files' | 'network'>,
): Promise<HttpTls | null> {
  if (tls === undefined) return null;
  const read = async (part: string, file: string): Promise<string> => {
    try {
      return Buffer.from(await files.read(file, { limitBytes: 1_000_000 })).toString('latin1');
    } catch (fault) {
      throw new CodedError('config.invalid', `${key}.tls.${part}: ${file} cannot be read`, { cause: fault });
    }
  };
  // One after the other: of two that cannot be read the first is told.
  const cert = await read('cert', tls.cert);
  const privateKey = await read('key', tls.key);
  const clientCa = tls.clientCa === undefined ? null : await read('clientCa', tls.clientCa);
  try {
    network.checkTls({ certificate: cert, key: privateKey, authorities: clientCa });
  } catch (fault) {
    throw new CodedError('tls.credentials', `${key}.tls: ${asCodedError(fault).detail}`, { cause: fault });
  }
  return {
    cert,
    key: privateKey,
    ...(clientCa === null ? {} : { clientCa, needsClientCertificate: tls.clientCertificate === 'required' }),
  };
}
