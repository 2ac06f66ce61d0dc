import { hashPassword, loadServerConfig, openTokens, type TokenInfo, type Tokens } from '../main.ts';
import { asCodedError, processFace, realSeams, type Seams, silentLog } from '../runtime/index.ts';
import { type Command, exitCode, readOptions } from './command.ts';

const usage = `callbus token create --name NAME --scopes SCOPES [--limit MODULE=VALUE,...] [--only ARGUMENT=VALUE,...]
                     [--expires TIME] [--config FILE]
callbus token rotate --name NAME [--grace TIME] [--expires TIME] [--config FILE]
callbus token list [--json] [--config FILE]
callbus token revoke --name NAME [--config FILE]
callbus token hash [PASSWORD]

Credentials for the RPC faces. A token is shown once and stored hashed. "rotate" makes a new secret; the old one
goes on for --grace (default 1h).
  --scopes    a role (viewer, operator, admin) or a comma list such as monitoring:read,webconference:*
  --limit     webconference=4711 confines the token to that room in the functions of that module; may be repeated
  --only      room=4711: only functions and events, of any module, that name that room; may be repeated
  --expires   30d, 12h, 45m, a date (2027-01-31), or never
"hash" prints the value for rpc.users[].hash; without PASSWORD it reads one line of standard input.
`;

type Io = Parameters<Command['run']>[1];
/** Allowed values by module, or by argument. */
type Allowed = TokenInfo['limits'];
type Options = Exclude<ReturnType<typeof readOptions>, { readonly fault: string }>;

export const token: Command = {
  name: 'token',
  summary: 'Creates, lists, rotates and revokes RPC tokens.',
  usage,
  async run(args, io) {
    const [action = '', ...others] = args;
    const { limits, only, rest } = takeAllowed(others);
    const options = readOptions(rest, { values: ['name', 'scopes', 'expires', 'grace', 'config'], flags: ['json'] });
    if ('fault' in options) return wrong(io, options.fault);
    if (limits === null || only === null) return wrong(io, '--limit is MODULE=VALUE,... and --only ARGUMENT=VALUE,...');
    const seams = realSeams({ log: silentLog });
    try {
      if (action === 'hash') return await hash(options, io, seams);
      const fault = faultOf(action, options);
      if (fault !== null) return wrong(io, fault);
      const environment = processFace().environment;
      const config = await loadServerConfig({ file: options.values.get('config'), environment });
      const { tokens, audit, close } = openTokens(config, seams);
      try {
        const outcome = await run(action, { ...options, limits, only, nowUnixMs: seams.clock.unixMs() }, tokens, io);
        if (outcome === exitCode.ok && action !== 'list')
          await audit(`token.${action}`, options.values.get('name') ?? '');
        return outcome;
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
  rotate: ['name'],
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

interface Order extends Options {
  readonly limits: Allowed;
  readonly only: Allowed;
  readonly nowUnixMs: number;
}

async function run(action: string, order: Order, tokens: Tokens, io: Io): Promise<number> {
  const { values, flags, limits, only, nowUnixMs } = order;
  const name = values.get('name') ?? '';
  const expiresUnixMs = timeOf(values.get('expires'), nowUnixMs);
  const graceMs = values.has('grace') ? durationMs(values.get('grace') ?? '') : undefined;
  if (expiresUnixMs === 'unreadable') return wrong(io, '--expires is 30d, 12h, 45m, a date (2027-01-31) or never');
  if (graceMs === null) return wrong(io, '--grace is 30d, 12h, 45m or 0m');
  switch (action) {
    case 'create': {
      const scopes = (values.get('scopes') ?? '').split(',').filter((scope) => scope !== '');
      const made = await tokens.create({ name, scopes, limits, only, expiresUnixMs: expiresUnixMs ?? null });
      io.stdout(`${made.token}\n`);
      return exitCode.ok;
    }
    case 'rotate': {
      const made = await tokens.rotate(name, {
        ...(graceMs === undefined ? {} : { graceMs }),
        ...(expiresUnixMs === undefined ? {} : { expiresUnixMs }),
      });
      io.stdout(`${made.token}\n`);
      return exitCode.ok;
    }
    case 'list': {
      const all = await tokens.list();
      if (flags.has('json')) io.stdout(`${JSON.stringify(all)}\n`);
      else for (const token of all) io.stdout(`${tokenLine(token, nowUnixMs)}\n`);
      return exitCode.ok;
    }
    default:
      if (await tokens.revoke(name)) return exitCode.ok;
      io.stderr(`callbus token: no token named ${name}\n`);
      return exitCode.failed;
  }
}

/** Name, scopes, limits, and its times, separated by tabs. */
function tokenLine(token: TokenInfo, nowUnixMs: number): string {
  const allowed = (list: Allowed): string[] =>
    Object.entries(list).map(([key, values]) => `${key}=${values.join(',')}`);
  const { expiresUnixMs: end, lastUsedUnixMs: used, oldUntilUnixMs: old } = token;
  return [
    token.name,
    token.scopes.join(','),
    ...allowed(token.limits),
    ...allowed(token.only).map((one) => `only ${one}`),
    end === null ? 'does not expire' : `${end <= nowUnixMs ? 'expired' : 'expires'} ${isoMinute(end)}`,
    used === null ? 'never used' : `used ${isoMinute(used)}`,
    ...(old === null ? [] : [`old secret until ${isoMinute(old)}`]),
  ].join('\t');
}

const isoMinute = (unixMs: number): string => `${new Date(unixMs).toISOString().slice(0, 16)}Z`;

const unitMs: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Null for what is not like `30d`, `12h`, `45m`. */
function durationMs(text: string): number | null {
  const [, count = '', unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  return count === '' ? null : Number(count) * (unitMs[unit] ?? 0);
}

/** Undefined: not given; null: never. */
function timeOf(text: string | undefined, nowUnixMs: number): number | null | undefined | 'unreadable' {
  if (text === undefined) return undefined;
  if (text === 'never') return null;
  const afterMs = durationMs(text);
  if (afterMs !== null) return nowUnixMs + afterMs;
  const atMs = /^\d{4}-\d\d-\d\d(T[\d:.]+Z?)?$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? 'unreadable' : atMs;
}

/** `--limit webconference=4711,4712 --only room=4711`, each as often as needed; null: not of that form. */
function takeAllowed(args: readonly string[]): { limits: Allowed | null; only: Allowed | null; rest: string[] } {
  const texts: { readonly [option: string]: string[] } = { '--limit': [], '--only': [] };
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [, option = '', inline] = /^(--(?:limit|only))(?:=(.*))?$/s.exec(args[i] ?? '') ?? [];
    if (option === '') rest.push(args[i] ?? '');
    else texts[option]?.push(inline ?? args[++i] ?? '');
  }
  return { limits: allowedOf(texts['--limit'] ?? []), only: allowedOf(texts['--only'] ?? []), rest };
}

function allowedOf(texts: readonly string[]): Allowed | null {
  const found = new Map<string, readonly string[]>();
  for (const text of texts) {
    const [, name = '', list = ''] = /^([\w-]+)=(.+)$/.exec(text) ?? [];
    if (name === '') return null;
    found.set(name, [...(found.get(name) ?? []), ...list.split(',').filter((value) => value !== '')]);
  }
  return Object.fromEntries(found);
}
