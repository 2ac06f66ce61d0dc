/**
 * Two machines and what is between them, as network namespaces of this one:
 *
 *   browser 192.168.77.2 ─── 192.168.77.1 router 10.77.0.1 ─── 10.77.0.2 server
 *
 * The router's rules are the test's. Names carry the process id: several runs do not meet.
 */
import { spawnSync } from 'node:child_process';
import { findProgram, type Peer, type PeerOptions, skipWithout, startPeer } from '../../support/peers.ts';

export const places = {
  browser: '192.168.77.2',
  routerInside: '192.168.77.1',
  routerOutside: '10.77.0.1',
  server: '10.77.0.2',
} as const;

export type Machine = 'browser' | 'router' | 'server';

export interface Namespaces {
  /** Runs a program on a machine. */
  start(machine: Machine, program: string, args: readonly string[], options: PeerOptions): Peer;
  /** A script that starts `program` on a machine, for whoever starts programs by their path. */
  launcher(machine: Machine, program: string): string;
  /** Other rules for the router, in the words of `nft -f`; connections that it knows are forgotten. */
  setRules(rules: string): void;
  close(): void;
}

const name = (machine: Machine): string => `callbus-${machine}-${process.pid}`;

function run(program: string, args: readonly string[], input = ''): void {
  const { status, stderr, error } = spawnSync(program, args, { input, encoding: 'utf8', timeout: 10_000 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
}

/** Why there are none here; false: there are. */
export function skipWithoutNamespaces(): string | false {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const missing = skipWithout('ip', 'nft');
  if (missing !== false) return missing;
  try {
    run('ip', ['netns', 'add', name('router')]);
    run('ip', ['netns', 'exec', name('router'), 'nft', '-f', '-'], 'table ip callbus {}');
    return false;
  } catch (fault) {
    return `network namespaces are not permitted here: ${String(fault)}`;
  } finally {
    spawnSync('ip', ['netns', 'delete', name('router')]);
  }
}

export function openNamespaces(): Namespaces {
  const machines: readonly Machine[] = ['browser', 'router', 'server'];
  const inside = (machine: Machine, ...args: readonly string[]): void =>
    run('ip', ['netns', 'exec', name(machine), ...args]);
  const close = (): void => {
    for (const machine of machines) spawnSync('ip', ['netns', 'delete', name(machine)]);
  };
  const cable = (machine: 'browser' | 'server', address: string, gateway: string): void => {
    // Made in the router's namespace: the machine's own network sees nothing of it.
    inside('router', 'ip', 'link', 'add', machine, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name(machine));
    inside('router', 'ip', 'address', 'add', `${gateway}/24`, 'dev', machine);
    inside('router', 'ip', 'link', 'set', machine, 'up');
    inside(machine, 'ip', 'address', 'add', `${address}/24`, 'dev', 'eth0');
    inside(machine, 'ip', 'link', 'set', 'eth0', 'up');
    inside(machine, 'ip', 'route', 'add', 'default', 'via', gateway);
  };
  try {
    for (const machine of machines) {
      run('ip', ['netns', 'add', name(machine)]);
      inside(machine, 'ip', 'link', 'set', 'lo', 'up');
    }
    inside('router', 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
    cable('browser', places.browser, places.routerInside);
    cable('server', places.server, places.routerOutside);
  } catch (fault) {
    close();
    throw fault;
  }
  return {
    close,
    start: (machine, program, args, options) =>
      startPeer(findProgram('ip') ?? 'ip', ['netns', 'exec', name(machine), program, ...args], options),
    launcher: (machine, program) => `#!/bin/sh\nexec ip netns exec ${name(machine)} ${program} "$@"\n`,
    setRules: (rules) => run('ip', ['netns', 'exec', name('router'), 'nft', '-f', '-'], `flush ruleset\n${rules}`),
  };
}
