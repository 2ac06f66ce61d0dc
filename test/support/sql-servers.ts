/** Database servers of tests: Debian's programs on a free port of loopback, in a folder of their own. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-ports.ts';
import { findProgram, type Peer, startPeer } from './peers.ts';

export interface SqlServer {
  /** `postgres://user:password@127.0.0.1:port/name`. */
  readonly url: string;
  readonly port: number;
  /** Ends the process; `start` brings it back with its tables. */
  halt(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const user = 'callbus';
const password = 'se?cret:1';
const shownPassword = encodeURIComponent(password);
const limitMs = 120_000;
const run = promisify(execFile);

const isRoot = process.getuid?.() === 0;

/** For `test(name, { skip: skipWithoutPostgres() }, …)`. */
export function skipWithoutPostgres(): string | false {
  return postgresFolder() === null ? 'not installed: postgresql' : false;
}

export function skipWithoutMariaDb(): string | false {
  return findProgram('mariadbd') === null || findProgram('mariadb-install-db') === null
    ? 'not installed: mariadb-server'
    : false;
}

/** Debian keeps them off the path. */
function postgresFolder(): string | null {
  const root = '/usr/lib/postgresql';
  const version = existsSync(root) ? readdirSync(root).sort().at(-1) : undefined;
  return version === undefined ? null : join(root, version, 'bin');
}

export async function startPostgres(): Promise<SqlServer> {
  const programs = postgresFolder() ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'callbus-postgres-'));
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, `${password}\n`);
  // PostgreSQL does not run as root.
  const asOwner = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  if (isRoot) {
    const [uid = 0, gid = 0] = await Promise.all(['-u', '-g'].map(async (flag) => idOf('postgres', flag)));
    await Promise.all([folder, passwordFile].map((path) => chown(path, uid, gid)));
  }
  const order = (program: string, args: readonly string[]): readonly [string, string[]] => {
    const [first = '', ...rest] = [...asOwner, join(programs, program), ...args];
    return [first, rest];
  };
  const [initdb, initArgs] = order('initdb', [
    ...['-D', data, '-U', user, '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
    ...['--no-sync', '--encoding=UTF8', '--locale=C'],
  ]);
  await run(initdb, initArgs, { cwd: folder });
  const port = await freePort();
  return running(folder, port, `postgres://${user}:${shownPassword}@127.0.0.1:${port}/postgres`, async () => {
    const [program, args] = order('postgres', ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-F']);
    const peer = startPeer(program, args, { limitMs, cwd: folder });
    await peer.shows(/ready to accept connections/, 30_000);
    return peer;
  });
}

export async function startMariaDb(): Promise<SqlServer> {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-mariadb-'));
  const data = join(folder, 'data');
  const init = join(folder, 'init.sql');
  // A line each: the server reads no more of a line than its first statement.
  const account = `'${user}'@'127.0.0.1'`;
  const statements = [
    'CREATE DATABASE IF NOT EXISTS callbus CHARACTER SET utf8mb4;',
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${password}';`,
    `GRANT ALL ON callbus.* TO ${account};`,
  ];
  await writeFile(init, `${statements.join('\n')}\n`);
  const owner = isRoot ? ['--user=root'] : [];
  await run('mariadb-install-db', [
    ...['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...owner],
  ]);
  const port = await freePort();
  return running(folder, port, `mysql://${user}:${shownPassword}@127.0.0.1:${port}/callbus`, async () => {
    const peer = startPeer(
      'mariadbd',
      [
        ...['--no-defaults', `--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1', '--skip-name-resolve'],
        ...[`--socket=${join(folder, 'socket')}`, `--pid-file=${join(folder, 'pid')}`, `--init-file=${init}`, ...owner],
      ],
      { limitMs, cwd: folder },
    );
    await peer.shows(/ready for connections/, 30_000);
    return peer;
  });
}

async function running(folder: string, port: number, url: string, begin: () => Promise<Peer>): Promise<SqlServer> {
  let peer: Peer | null = await begin();
  const halt = async (): Promise<void> => {
    // PostgreSQL waits for its clients at SIGTERM; SIGINT ends them.
    peer?.signal('SIGINT');
    await peer?.stop();
    peer = null;
  };
  return {
    url,
    port,
    halt,
    async start() {
      peer ??= await begin();
    },
    async stop() {
      await halt();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function idOf(name: string, flag: string): Promise<number> {
  return Number((await run('id', [flag, name])).stdout);
}
