import { DgramPacketIo } from './dgram-packet-io.ts';
import { loadLibc } from './libc.ts';
import { LibcPacketIo } from './libc-packet-io.ts';
import type { PacketIo } from './packet-io.ts';

/** `auto`: libc where it works, else dgram. */
export type PacketIoKind = 'auto' | 'libc' | 'dgram';

/**
 * Media sockets of the wanted kind. `readsAhead` false: for sockets that are polled more often than
 * packets come. @throws CodedError `network.failed` when libc is wanted and not to be had.
 */
export function openPacketIo(kind: PacketIoKind, options: { readonly readsAhead?: boolean } = {}): PacketIo {
  if (kind === 'dgram' || (kind === 'auto' && loadLibc() instanceof Error)) return new DgramPacketIo();
  return new LibcPacketIo(options.readsAhead ?? true);
}

/** Why libc sockets cannot be used here; null when they can. */
export function libcUnavailable(): string | null {
  const libc = loadLibc();
  return libc instanceof Error ? libc.message : null;
}
