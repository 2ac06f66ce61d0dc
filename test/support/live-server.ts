/** The real server of live tests: `dist/program/cli.js serve` on free ports of loopback. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFile } from '../../core/runtime/index.ts';
import { type Peer, startPeer } from './peers.ts';

export interface LiveServerOptions {
  /** As in the YAML file; merged over loopback, free ports and a storage folder of its own. */
  readonly config?: { readonly [section: string]: unknown };
  readonly environment?: Readonly<Record<string, string>>;
  /** Default 60 s. */
  readonly limitMs?: number;
}

export interface LiveServer {
  readonly peer: Peer;
  /** `http://127.0.0.1:port`, or '' when it is off. */
  readonly http: string;
  readonly netstring: string;
  readonly sipPort: number;
  readonly sipTcpPort: number;
  /** The server's own folder: configuration and storage. */
  readonly folder: string;
  readonly ready: ReadyLine;
  /** One JSON-RPC call. @throws Error with the error object's text. */
  rpc(method: string, params?: unknown): Promise<unknown>;
  /** SIGTERM; resolves with the exit code and removes the folder. */
  stop(): Promise<number | null>;
}

export interface ReadyLine {
  readonly sip: readonly { readonly transport: string; readonly address: string; readonly port: number }[];
  readonly http: string | null;
  readonly netstring: string | null;
  readonly modules: readonly string[];
}

/** A machine that has other things to do is no reason to refuse a test's call. */
const patience = {
  CALLBUS__SIP__OVERLOAD__LAGMS: '0',
  CALLBUS__SIP__OVERLOAD__BUSYPERCENT: '0',
  CALLBUS__MEDIA__MAXBUSY: '1',
};

export async function startLiveServer(options: LiveServerOptions = {}): Promise<LiveServer> {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-live-'));
  const config = {
    sip: {
      listen: [
        { transport: 'udp', address: '127.0.0.1', port: 0 },
        { transport: 'tcp', address: '127.0.0.1', port: 0 },
      ],
    },
    rpc: { listen: { address: '127.0.0.1', port: 0 }, netstring: { address: '127.0.0.1', port: 0 } },
    storage: { path: join(folder, 'var') },
    drainMs: 0,
    ...options.config,
  };
  const file = join(folder, 'callbus.yaml');
  await writeFile(file, JSON.stringify(config)); // JSON is YAML
  const peer = startPeer(process.execPath, [packageFile('dist/program/cli.js'), 'serve', '--config', file], {
    limitMs: options.limitMs ?? 60_000,
    cwd: folder,
    environment: { ...patience, ...options.environment },
  });
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  let ready: ReadyLine;
  try {
    const [, json = ''] = await peer.shows(/^callbus ready (\{.*\})$/m, 15_000);
    ready = JSON.parse(json) as ReadyLine;
  } catch (fault) {
    await peer.stop();
    await remove();
    throw fault;
  }
  const port = (transport: string): number => ready.sip.find((at) => at.transport === transport)?.port ?? 0;
  const http = ready.http ?? '';
  let id = 0;
  return {
    peer,
    http,
    netstring: ready.netstring ?? '',
    sipPort: port('udp'),
    sipTcpPort: port('tcp'),
    folder,
    ready,
    async rpc(method, params = []) {
      const response = await fetch(`${http}/jsonrpc`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }),
        signal: AbortSignal.timeout(60_000),
      });
      const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
      if (answer.error !== undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
      return answer.result;
    },
    async stop() {
      const { code } = await peer.stop();
      await remove();
      return code;
    },
  };
}
