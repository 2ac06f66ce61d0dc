/** A server that bills, in simulated time. */
import type { Call, CallLabels, DiValue } from '../../core/index.ts';
import { memoryStorage, type SqlRow, type Storage } from '../../core/storage/index.ts';
import type { World } from '../support/world.ts';
import { scripted } from './scripted-app.ts';

export interface BillingWorld {
  readonly w: World;
  readonly storage: Storage;
  rows(sql: string): Promise<readonly SqlRow[]>;
  /** The newest records, as `billing.records` gives them. */
  records(account?: string): Promise<readonly { readonly [member: string]: DiValue }[]>;
  balance(account: string): Promise<number>;
  /** A call with these labels that is over within the last of so many seconds. */
  talks(labels: CallLabels, seconds: number, user?: string): Promise<void>;
}

export interface FailingStorage extends Storage {
  /** Databases whose place contains this fail. */
  failing: string | null;
}

/** In memory; its databases can be told to fail. */
export function failingStorage(memory = memoryStorage()): FailingStorage {
  const storage: FailingStorage = {
    ...memory,
    failing: null,
    database(place) {
      const database = memory.database(place.replace(/^.*\//, ''));
      return {
        ...database,
        run: (sql, values) =>
          storage.failing !== null && place.includes(storage.failing)
            ? Promise.reject(new Error('database or disk is full'))
            : database.run(sql, values),
      };
    },
  };
  return storage;
}

export async function billingWorld(
  config: { readonly [key: string]: unknown },
  options: {
    readonly storage?: FailingStorage;
    readonly labels?: (call: Call) => CallLabels;
    readonly serve?: (call: Call) => Promise<void>;
    readonly config?: { readonly [section: string]: unknown };
    /** Another than that of a world before it: else its calls have the same tags at the same times. */
    readonly seed?: number;
    readonly files?: { readonly [path: string]: Uint8Array };
  } = {},
): Promise<BillingWorld> {
  const storage = options.storage ?? failingStorage();
  let next: CallLabels = {};
  const w = await scripted(
    options.serve ??
      (async (call) => {
        call.labels = options.labels?.(call) ?? next;
        await call.accept();
      }),
    {
      storage,
      seed: options.seed ?? 1,
      files: options.files ?? {},
      config: { modules: { scripted: {}, billing: config }, ...options.config },
    },
  );
  const rows = (sql: string) => storage.database('ledger.db').run(sql);
  return {
    w,
    storage,
    rows,
    async records(account) {
      const answer = await w.invoke('billing.records', ...(account === undefined ? [] : [account]));
      return (answer as { records: { [member: string]: DiValue }[] }).records;
    },
    async balance(account) {
      const [view] = (await w.invoke('billing.accounts', account)) as { balanceMicro: { value: number } | number }[];
      return Number(view?.balanceMicro);
    },
    async talks(labels, seconds, user = '4930123') {
      next = labels;
      await w.phone.call(user);
      await w.advance(seconds * 1000 - 400);
      await w.phone.bye();
      await w.advance(500);
    },
  };
}
