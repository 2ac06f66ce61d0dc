/** Schemas of DI values, for rows. SEMS's AmArg letters in `assertFormat` (`format.ts`). */
import { type Static, Type } from '../runtime/index.ts';
import type { DiStruct, DiValue } from './value.ts';

/** AmArg Int: 32 bit. */
export const Int = Type.Integer({ minimum: -2147483648, maximum: 2147483647 });
/** AmArg CStr. */
export const Text = Type.String();
export const Bool = Type.Boolean();
/** Any number; XML-RPC double. */
export const Num = Type.Number();
/** Anything. */
export const Any = Type.Unsafe<DiValue>({});
export const Struct = Type.Unsafe<DiStruct>({ type: 'object' });
/** An array of anything. */
export const List = Type.Unsafe<readonly DiValue[]>({ type: 'array' });
/** AmArg LongLong: a 64-bit count; JavaScript `bigint`. */
export const Long = Type.Unsafe<bigint>({ 'x-di': 'long' });
/** AmArg Blob. */
export const Blob = Type.Unsafe<Uint8Array>({ 'x-di': 'blob' });
/** A function that gives nothing: `<i4>0</i4>` on XML-RPC, `null` in JSON. */
export const Void = Type.Unsafe<null>({ 'x-di': 'void' });
/** A call tag: our local SIP tag, the monitoring id, the result of `di_dial`. At least 96 random bits. */
export const CallTag = Type.String({ minLength: 1, maxLength: 128, title: 'call tag' });
export type CallTag = Static<typeof CallTag>;
