import { Int, Text, Type } from '../../core/index.ts';

/** `[0, "OK"]`, the answer of all functions that change something. */
export const Ok = Type.Tuple([Int, Text]);
export const ok: [number, string] = [0, 'OK'];

/** Record ids. */
export const Ids = Type.Array(Text);
