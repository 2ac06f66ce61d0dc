import { CodedError } from '../../runtime/index.ts';
import type { SqlDialect } from '../types.ts';

/** Where a database server is: `postgres://user:password@host:port/name?tls=require`. */
export interface SqlServer {
  readonly dialect: Exclude<SqlDialect, 'sqlite'>;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly name: string;
  /** `verify`: the certificate must chain up to an authority and carry the host's name · `require`: encrypted only. */
  readonly tls: 'off' | 'require' | 'verify';
  /** Without the password, for messages. */
  readonly shown: string;
}

const schemes: { readonly [scheme: string]: Pick<SqlServer, 'dialect' | 'port'> } = {
  'postgres:': { dialect: 'postgres', port: 5432 },
  'postgresql:': { dialect: 'postgres', port: 5432 },
  'mysql:': { dialect: 'mysql', port: 3306 },
  'mariadb:': { dialect: 'mysql', port: 3306 },
};

/** True for `scheme://…`: anything else is the path of a file. */
export const isServerUrl = (place: string): boolean => /^[a-z]+:\/\//i.test(place);

/** @throws CodedError `storage.failed` that shows no password. */
export function parseSqlServer(text: string): SqlServer {
  const url = URL.canParse(text) ? new URL(text) : null;
  const scheme = url === null ? undefined : schemes[url.protocol];
  if (url === null || scheme === undefined) {
    const known = 'postgres://user:password@host:port/name or mysql://user:password@host:port/name';
    throw new CodedError('storage.failed', `the database URL is not valid: expected ${known}`);
  }
  const tls = url.searchParams.get('tls') ?? 'off';
  const name = decodeURIComponent(url.pathname.slice(1));
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const shown = `${url.protocol}//${url.username}@${url.host}/${name}`;
  if (tls !== 'off' && tls !== 'require' && tls !== 'verify')
    throw new CodedError('storage.failed', `${shown}: tls is off, require or verify`);
  if (host === '' || name === '')
    throw new CodedError('storage.failed', `${shown}: the host or the name of the database is missing`);
  return {
    dialect: scheme.dialect,
    host,
    port: url.port === '' ? scheme.port : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    name,
    tls,
    shown,
  };
}
