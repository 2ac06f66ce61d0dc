/** Messages between `sqlite-storage.ts` and its thread. Values travel as JSON text. */
export type SqliteOperation =
  | { readonly kind: 'get'; readonly store: string; readonly key: string }
  | { readonly kind: 'set'; readonly store: string; readonly key: string; readonly text: string }
  | { readonly kind: 'delete'; readonly store: string; readonly key: string }
  | { readonly kind: 'list'; readonly store: string; readonly prefix: string }
  | { readonly kind: 'append'; readonly log: string; readonly text: string }
  | {
      readonly kind: 'appendAll';
      readonly log: string;
      readonly entries: readonly (readonly [id: number, text: string])[];
    }
  | { readonly kind: 'lastId'; readonly log: string }
  | { readonly kind: 'surplus'; readonly log: string; readonly count: number }
  | { readonly kind: 'read'; readonly log: string; readonly afterId: number; readonly limit: number }
  | { readonly kind: 'trim'; readonly log: string; readonly id: number }
  | { readonly kind: 'close' };

export interface SqliteRequest {
  readonly id: number;
  readonly operation: SqliteOperation;
}

/** A row of a listing: a key or an entry's id, and the value's JSON text. */
export type SqliteRow = readonly [key: string | number, text: string];

export type SqliteResult = null | string | number | readonly SqliteRow[];

export type SqliteReply =
  | { readonly id: number; readonly result: SqliteResult }
  | { readonly id: number; readonly fault: string };

/** Start value of the thread. */
export interface SqliteStart {
  /** Path of the database file; its folder is made when missing. */
  readonly file: string;
  /** See `sqlite-turn.ts`. */
  readonly turn: Int32Array;
}

export const isRead = ({ kind }: SqliteOperation): boolean =>
  ['get', 'list', 'read', 'lastId', 'surplus'].includes(kind);
