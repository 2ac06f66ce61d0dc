import { type HttpClient, type HttpClientReply, type HttpClientRequest, SimRandom } from '../../../../../core/index.ts';
import { dsmModules } from '../../../../../di-modules/dsm/mods/index.ts';
import { type Lent, modServer, modSession } from './mod-session.ts';

export interface LentMore extends Lent {
  readonly config?: { readonly [key: string]: unknown };
  /** Who is in each room. */
  readonly rooms?: { readonly [room: string]: readonly string[] };
}

/** Only the members of a context that these modules use. */
export function serverWith({ config = {}, rooms = {}, ...lent }: LentMore = {}) {
  const server = modServer(lent);
  Object.assign(server.context, {
    random: new SimRandom(1),
    config: {
      sys_paths: '',
      diag_path: '/scripts/',
      prompts_sets_path: '',
      allow_commands: false,
      command_timeout_s: 10,
      trusted_urls: false,
      ...config,
    },
    calls: { rooms: { participants: (room: string) => rooms[room] ?? [] } },
  });
  return server;
}

/** A script of that server with the modules of these names. */
export function sessionWith(
  names: readonly string[],
  server = serverWith(),
  options: Parameters<typeof modSession>[2] = {},
) {
  return modSession(
    dsmModules.filter(({ name }) => names.includes(name)),
    server,
    options,
  );
}

/** A client that keeps what it was asked. */
export function httpWith(answer: (request: HttpClientRequest) => Partial<HttpClientReply> | Promise<never>) {
  const requests: HttpClientRequest[] = [];
  const client: HttpClient = {
    async send(request) {
      requests.push(request);
      return { status: 200, headers: {}, body: Buffer.from(''), ...(await answer(request)) };
    },
  };
  return { client, requests };
}
