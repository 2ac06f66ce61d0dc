import { CodedError } from '../../../../core/index.ts';

export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  /** Of a Unix socket; '' : TCP. */
  readonly path: string;
  readonly user: string;
  readonly password: string;
  readonly database: number;
  readonly connectTimeoutMs: number;
  /** What is appended runs as one transaction. */
  readonly usesTransactions: boolean;
  readonly logsCommands: boolean;
  /** Without the password. */
  readonly shown: string;
}

const defaults = { port: 6379, connectTimeoutMs: 500 };

/**
 * `redis://tcp:host;port=6379;connect_timeout=500` (ms), `redis://unix:/path;…` as in SEMS (reference/dsm 5.9), or
 * `redis://user:password@host:port/number`. @throws CodedError `config.invalid` naming the part that is wrong.
 */
export function redisPlace(url: string): RedisPlace {
  const [, kind = '', rest = ''] = /^redis:\/\/(tcp|unix)[:}](.*)$/s.exec(url) ?? [];
  return kind === '' ? commonPlace(url) : semsPlace(kind, rest);
}

function semsPlace(kind: string, rest: string): RedisPlace {
  const [place = '', ...pairs] = rest.split(';').map((part) => part.trim());
  if (place === '')
    throw new CodedError('config.invalid', `redis://${kind}: names no ${kind === 'tcp' ? 'host' : 'path'}`);
  const values = new Map<string, string>();
  for (const pair of pairs) {
    if (pair === '') continue;
    const [name = '', value = ''] = pair.split('=', 2).map((part) => part.trim());
    if (!known.has(name)) throw new CodedError('config.invalid', `redis: unknown parameter ${name.slice(0, 40)}`);
    values.set(name, value);
  }
  return {
    host: kind === 'tcp' ? place : '',
    path: kind === 'unix' ? place : '',
    port: numberOf(values, 'port', defaults.port, 65_535),
    connectTimeoutMs: numberOf(values, 'connect_timeout', defaults.connectTimeoutMs, 60_000),
    usesTransactions: booleanOf(values, 'use_transactions'),
    logsCommands: booleanOf(values, 'full_logging'),
    user: '',
    password: '',
    database: 0,
    shown: place,
  };
}

const known = new Set(['port', 'connect_timeout', 'use_transactions', 'full_logging']);

function numberOf(values: ReadonlyMap<string, string>, name: string, absent: number, most: number): number {
  const text = values.get(name);
  if (text === undefined) return absent;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) throw new CodedError('config.invalid', `redis: ${name} is a number from 1 to ${most}`);
  return value;
}

function booleanOf(values: ReadonlyMap<string, string>, name: string): boolean {
  const text = values.get(name) ?? 'false';
  if (text !== 'true' && text !== 'false') throw new CodedError('config.invalid', `redis: ${name} is true or false`);
  return text === 'true';
}

function commonPlace(text: string): RedisPlace {
  const url = URL.canParse(text) ? new URL(text) : null;
  const database = Number(url?.pathname.slice(1) || '0');
  if (url === null || url.protocol !== 'redis:' || url.hostname === '' || !Number.isInteger(database))
    throw new CodedError(
      'config.invalid',
      'redis://tcp:host;port=6379, redis://unix:/path or redis://user:password@host:port/0',
    );
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    path: '',
    port: url.port === '' ? defaults.port : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
    connectTimeoutMs: defaults.connectTimeoutMs,
    usesTransactions: false,
    logsCommands: false,
    shown: url.host,
  };
}
