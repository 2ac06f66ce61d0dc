/**
 * Marks for the routers between (RFC 2474): the code point is the upper six bits of IPv4's TOS byte and of
 * IPv6's traffic class. Node has no call for it: libc sets it on the descriptor.
 */
import { CodedError } from './errors.ts';
import { linux, loadLibc } from './libc.ts';
import { Type } from './schema-builder.ts';

/** Names of code points (RFC 2474, 2597, 3246, 5865, 8622). */
const codePoints = {
  ...{ le: 1, be: 0, ef: 46, 'voice-admit': 44 },
  ...{ cs1: 8, cs2: 16, cs3: 24, cs4: 32, cs5: 40, cs6: 48, cs7: 56 },
  ...{ af11: 10, af12: 12, af13: 14, af21: 18, af22: 20, af23: 22 },
  ...{ af31: 26, af32: 28, af33: 30, af41: 34, af42: 36, af43: 38 },
} as const;

type DscpName = keyof typeof codePoints;
export type DscpSetting = 'auto' | 'off' | DscpName | number;

/** A configuration key for a mark; `automatic` says what auto means there. */
export const DscpSchema = (automatic: DscpName, what: string) =>
  Type.Union(
    [
      Type.Literal('auto'),
      Type.Literal('off'),
      ...(Object.keys(codePoints) as DscpName[]).map((name) => Type.Literal(name)),
      Type.Integer({ minimum: 0, maximum: 63 }),
    ],
    {
      default: 'auto',
      description: `Mark of ${what} for routers (DSCP, RFC 2474): a name (ef, cs3, af31 …) or 0 to 63. auto: ${automatic} where sockets can be marked, else none; off: the system's.`,
    },
  );

/** The mark of sockets, sent between threads. */
export interface Dscp {
  /** 0 to 63. */
  readonly codePoint: number;
  /** The configuration asks for it by name: without it sockets are refused. */
  readonly required: boolean;
  /** The configuration key, for errors. */
  readonly key: string;
}

/** What the setting means; null: leave sockets as the system makes them. */
export function dscpOf(setting: DscpSetting, key: string, automatic: DscpName): Dscp | null {
  if (setting === 'off') return null;
  if (setting === 'auto') return { codePoint: codePoints[automatic], required: false, key };
  return { codePoint: typeof setting === 'number' ? setting : codePoints[setting], required: true, key };
}

/** @throws CodedError `config.invalid` when a mark is asked for that cannot be set; `why` in the system's words. */
export function refuseMark({ codePoint, required, key }: Dscp, why: string): void {
  if (!required) return;
  throw new CodedError(
    'config.invalid',
    `${key}: sockets cannot be marked with ${codePoint}: ${why} (Linux on x64 or arm64 with the package koffi can); auto or off leaves it out`,
  );
}

/** Marks what leaves by this descriptor. @throws CodedError as `refuseMark`. */
export function markDescriptor(descriptor: number, family: 4 | 6, dscp: Dscp): void {
  const libc = loadLibc();
  if (libc instanceof Error) {
    refuseMark(dscp, libc.message);
    return;
  }
  const [level, name] = family === 6 ? [linux.IPPROTO_IPV6, linux.IPV6_TCLASS] : [linux.IPPROTO_IP, linux.IP_TOS];
  if (libc.setsockopt(descriptor, level, name, new Int32Array([dscp.codePoint << 2]), 4) < 0)
    refuseMark(dscp, libc.strerror(libc.errno()));
}

/**
 * Marks a socket or server of `node:dgram`, `node:net` or `node:tls` that is bound or connected; what a marked
 * server accepts is marked from its SYN+ACK on. @throws CodedError as `refuseMark`.
 */
export function markSocket(socket: object, family: 4 | 6, dscp: Dscp | null | undefined): void {
  if (dscp === null || dscp === undefined) return;
  const descriptor = descriptorOf(socket);
  if (descriptor === null) refuseMark(dscp, 'this Node.js does not tell their descriptors');
  else markDescriptor(descriptor, family, dscp);
}

/** Node has no public way to it: servers and connections have a `_handle`, `node:dgram` a state object behind a symbol. */
function descriptorOf(socket: object): number | null {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  const handle = symbol === undefined ? member(socket, '_handle') : member(Reflect.get(socket, symbol), 'handle');
  const descriptor = member(handle, 'fd');
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : null;
}

const member = (holder: unknown, name: string): unknown =>
  typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
