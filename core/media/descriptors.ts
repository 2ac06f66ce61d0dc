import type { PacketIo } from '../runtime/index.ts';

/** Descriptors outlive the thread that opened them: what it left open is closed here, and `io` with it. */
export function closeDescriptors(io: PacketIo, descriptors: readonly number[]): void {
  for (const descriptor of descriptors) {
    try {
      if (descriptor >= 0) io.adopt(descriptor);
    } catch {
      // It was closed already.
    }
  }
  io.dispose();
}
