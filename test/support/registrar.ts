/** A registrar in simulated time: a machine of its own with a SIP stack that keeps contacts and asks for credentials. */
import { fillDefaults } from '../../core/config/defaults.ts';
import {
  createDigestServer,
  createSipStack,
  type HeaderLine,
  parseContacts,
  parseNameAddress,
  type ServerRequest,
  type SipConfig,
  SipConfigSchema,
  type SipRequest,
  type SipStack,
} from '../../core/sip/index.ts';
import type { World } from './world.ts';

export interface RegistrarOptions {
  readonly address?: string;
  /** Default: nobody is asked. */
  readonly password?: string;
  /** Granted, seconds. Default 3600. */
  readonly grantedSeconds?: number;
  /** Of every 2xx. */
  readonly headers?: readonly HeaderLine[];
}

export interface Registrar {
  readonly address: string;
  /** The newest. */
  readonly stack: SipStack;
  /** All REGISTERs, those that were challenged too. */
  readonly heard: readonly SipRequest[];
  /** Contact URIs by address of record. */
  readonly bindings: ReadonlyMap<string, readonly string[]>;
  /** Instead of the usual answer; null: as usual. */
  refusal: number | null;
  /** Loses every connection and begins anew, with the bindings that it had. */
  restart(): Promise<void>;
}

export async function startRegistrar(world: World, options: RegistrarOptions = {}): Promise<Registrar> {
  const { address = '10.0.0.9', password, grantedSeconds = 3600, headers = [] } = options;
  const { seams } = world.newHost(address);
  const listen = ['udp', 'tcp'].map((transport) => ({ transport, address, port: 5060 }));
  const config = fillDefaults(SipConfigSchema, { listen }) as SipConfig;
  let stack = await createSipStack(seams, config);
  const digest = createDigestServer({ realm: 'registrar', clock: seams.clock, random: seams.random });
  const bindings = new Map<string, string[]>();
  const heard: SipRequest[] = [];
  const registrar: Registrar = {
    address,
    get stack() {
      return stack;
    },
    heard,
    bindings,
    refusal: null,
    async restart() {
      await stack.close();
      stack = await createSipStack(seams, config);
      serve();
    },
  };

  async function register(server: ServerRequest): Promise<void> {
    const { request } = server;
    heard.push(request);
    if (registrar.refusal !== null) return server.respond(registrar.refusal);
    if (password !== undefined) {
      const verdict = await digest.check(request, () => ({ password }));
      if (verdict.kind === 'bad') return server.respond(verdict.status, verdict.reason);
      if (verdict.kind === 'challenge') return server.respond(verdict.status, undefined, { headers: verdict.headers });
    }
    const account = parseNameAddress(request.header('to') ?? '')?.uriText ?? '';
    const contacts = parseContacts(request.headers('contact'));
    const kept = new Map((bindings.get(account) ?? []).map((uri) => [uri, uri]));
    for (const { uriText, parameters } of contacts === null || contacts === '*' ? [] : contacts) {
      const seconds = parameters.get('expires') ?? request.header('expires');
      if (seconds === '0') kept.delete(uriText);
      else kept.set(uriText, uriText);
    }
    bindings.set(account, [...kept.keys()]);
    const lines = [...kept.keys()].map((uri): HeaderLine => ['Contact', `<${uri}>;expires=${grantedSeconds}`]);
    server.respond(200, 'OK', { headers: [...lines, ...headers] });
  }

  function serve(): void {
    stack.handlers = {
      onInvite: (dialog) => dialog.respond(404),
      onRequest: (request) => void register(request),
    };
    stack.open();
  }

  serve();
  return registrar;
}
