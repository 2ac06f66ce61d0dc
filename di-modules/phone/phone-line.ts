/** One phone: the package's stack on one UDP port, and what every call of it needs. */
import sip, { type SipPackageMessage, type SipPackageStack } from 'sip';
import type { Clock, CommandIo, Files, Network, Random } from '../../core/index.ts';
import type { CommonOptions } from './options.ts';
import { isLoopback } from './options.ts';

export interface PhoneSeams {
  readonly clock: Clock;
  readonly network: Network;
  readonly random: Random;
  readonly files: Files;
}

export interface PhoneLine {
  readonly options: CommonOptions;
  readonly seams: PhoneSeams;
  readonly io: CommandIo;
  readonly stack: SipPackageStack;
  readonly port: number;
  /** Our Contact. */
  readonly contact: string;
  progress(text: string): void;
  mayReach(address: string): boolean;
}

/**
 * Our host in Via. The package takes a request to its own host for one to itself and finds nobody
 * there, so two phones on 127.0.0.1 could not call each other under that name. Answers come back by
 * `received` and `rport`.
 */
const publicAddress = 'lab-phone.invalid';

/** Opens the line. @throws CodedError `port.taken`, `network.failed`. */
export async function openLine(
  options: CommonOptions,
  seams: PhoneSeams,
  io: CommandIo,
  onRequest: (request: SipPackageMessage) => void,
): Promise<PhoneLine> {
  const { address } = options;
  // The package takes port 0 for 5060 and does not say when a port is taken: find out before it.
  const probe = await seams.network.udp({ address, port: options.port, onDatagram: () => {}, onError: () => {} });
  const { port } = probe.local;
  probe.close();
  const progress = (text: string) => io.stderr(`${text}\n`);
  const stack = sip.create(
    {
      address,
      publicAddress,
      port,
      udp: true,
      tcp: false,
      logger: { error: (fault) => progress(`sip: ${String(fault)}`) },
    },
    onRequest,
  );
  const mayReach = (target: string) => options.allowRemote || isLoopback(target);
  return { options, seams, io, stack, port, contact: `sip:lab@${address}:${port}`, progress, mayReach };
}

/** An unguessable token for tags and Call-IDs. */
export function token(line: PhoneLine): string {
  return Buffer.from(line.seams.random.secure(8)).toString('hex');
}
