import { DgramPacketIo } from './dgram-packet-io.ts';
import { type Dscp, refuseMark } from './dscp.ts';
import { loadLibc } from './libc.ts';
import { LibcPacketIo } from './libc-packet-io.ts';
import type { PacketIo } from './packet-io.ts';

/** `auto`: libc where it works, else dgram. */
export type PacketIoKind = 'auto' | 'libc' | 'dgram';

/**
 * Media sockets of the wanted kind. `readsAhead` false: for sockets that are polled more often than
 * packets come; `dscp`: the mark of what is sent, by libc only. @throws CodedError `network.failed` when libc is wanted and not to be had.
 */
export function openPacketIo(
  kind: PacketIoKind,
  options: { readonly readsAhead?: boolean; readonly dscp?: Dscp | null } = {},
): PacketIo {
  if (kind === 'dgram' || (kind === 'auto' && loadLibc() instanceof Error)) {
    if (options.dscp) refuseMark(options.dscp, 'they are of node:dgram');
    return new DgramPacketIo();
  }
  return new LibcPacketIo(options.readsAhead ?? true, true, options.dscp ?? null);
}

/** Why libc sockets cannot be used here; null when they can. */
export function libcUnavailable(): string | null {
  const libc = loadLibc();
  return libc instanceof Error ? libc.message : null;
}
