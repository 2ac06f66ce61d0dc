import { hashPassword, loadServerConfig, openTokens, type Tokens } from '../main.ts';
import { asCodedError, processFace, realSeams, type Seams, silentLog } from '../runtime/index.ts';
import { type Command, exitCode, readOptions } from './command.ts';

const usage = `callbus token create --name NAME --scopes SCOPES [--limit MODULE=VALUE,...] [--config FILE]
callbus token list [--config FILE]
callbus token revoke --name NAME [--config FILE]
callbus token hash [PASSWORD]

Credentials for the RPC faces. SCOPES is a role (viewer, operator, admin) or a comma list such
as monitoring:read,webconference:*. --limit webconference=4711 confines the token to that room
in all functions of the module that name one. A token is shown once and stored hashed. "hash"
prints the value for rpc.users[].hash; without PASSWORD it reads one line of standard input.
`;

type Io = Parameters<Command['run']>[1];
type Options = Exclude<ReturnType<typeof readOptions>, { readonly fault: string }>;

export const token: Command = {
  name: 'token',
  summary: 'Creates, lists and revokes RPC tokens.',
  usage,
  async run(args, io) {
    const [action = '', ...others] = args;
    const options = readOptions(others, { values: ['name', 'scopes', 'limit', 'config'], flags: [] });
    if ('fault' in options) return wrong(io, options.fault);
    const seams = realSeams({ log: silentLog });
    try {
      if (action === 'hash') return await hash(options, io, seams);
      const fault = faultOf(action, options);
      if (fault !== null) return wrong(io, fault);
      const environment = processFace().environment;
      const config = await loadServerConfig({ file: options.values.get('config'), environment });
      const { tokens, close } = openTokens(config, seams);
      try {
        return await run(action, options, tokens, io);
      } finally {
        await close();
      }
    } catch (fault) {
      const coded = asCodedError(fault, 'storage.failed');
      io.stderr(`callbus token: ${coded.message}\n`);
      return coded.code.startsWith('config.') ? exitCode.usage : exitCode.failed;
    }
  },
};

/** What each action needs besides --config. */
const needs: { readonly [action: string]: readonly string[] } = {
  create: ['name', 'scopes'],
  list: [],
  revoke: ['name'],
};

function faultOf(action: string, { values, rest }: Options): string | null {
  const needed = Object.hasOwn(needs, action) ? needs[action] : undefined;
  if (needed === undefined) return action === '' ? 'say what to do' : `unknown action ${JSON.stringify(action)}`;
  const missing = needed.find((name) => !values.has(name));
  if (missing !== undefined) return `${action} needs --${missing}`;
  return rest[0] === undefined ? null : `unexpected ${JSON.stringify(rest[0])}`;
}

function wrong({ stderr }: Io, fault: string): number {
  stderr(`callbus token: ${fault}\n\n${usage}`);
  return exitCode.usage;
}

async function hash({ rest }: Options, io: Io, seams: Seams): Promise<number> {
  if (rest.length > 1) return wrong(io, 'hash takes one password');
  const password = rest[0] ?? (await processFace().inputLine());
  if (password === '') return wrong(io, 'the password is empty');
  io.stdout(`${await hashPassword(password, seams.random)}\n`);
  return exitCode.ok;
}

async function run(action: string, { values }: Options, tokens: Tokens, io: Io): Promise<number> {
  const name = values.get('name') ?? '';
  switch (action) {
    case 'create': {
      const limits = limitsOf(values.get('limit'));
      if (limits === null) return wrong(io, '--limit is MODULE=VALUE,...');
      const scopes = (values.get('scopes') ?? '').split(',').filter((scope) => scope !== '');
      io.stdout(`${(await tokens.create({ name, scopes, limits })).token}\n`);
      return exitCode.ok;
    }
    case 'list':
      for (const entry of await tokens.list()) {
        const limits = Object.entries(entry.limits).map(([module, allowed]) => `\t${module}=${allowed.join(',')}`);
        io.stdout(`${entry.name}\t${entry.scopes.join(',')}${limits.join('')}\n`);
      }
      return exitCode.ok;
    default:
      if (await tokens.revoke(name)) return exitCode.ok;
      io.stderr(`callbus token: no token named ${name}\n`);
      return exitCode.failed;
  }
}

/** `webconference=4711,4712`; null: not of that form. */
function limitsOf(text: string | undefined): { [module: string]: readonly string[] } | null {
  if (text === undefined) return {};
  const [, module = '', list = ''] = /^([\w-]+)=(.+)$/.exec(text) ?? [];
  return module === '' ? null : { [module]: list.split(',') };
}
