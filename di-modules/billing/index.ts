/** Detail records, tariffs, accounts and their limits: from the bus's own events. */
import { CodedError, defineModule, every, type ModuleContext, packageFile } from '../../core/index.ts';
import { limitOf } from './account.ts';
import { Accounts } from './accounts.ts';
import { Billing } from './billing.ts';
import { type BillingConfig, BillingConfigSchema, type LimitValues } from './config.ts';
import { crashRecord } from './crash.ts';
import { billingEvents } from './events.ts';
import { functions } from './functions.ts';
import { Journal } from './journal.ts';
import type { OutputFeed } from './outputs/feed.ts';
import { openOutputs } from './outputs/index.ts';
import type { BillingState } from './state.ts';
import { Store } from './store.ts';
import { TariffBook, tariffPrefix } from './tariff-book.ts';

const dayMs = 86_400_000;

export const billing = defineModule({
  name: 'billing',
  summary: 'Detail records, tariffs, accounts.',
  config: BillingConfigSchema,
  functions,
  events: billingEvents,
  start,
  stop: (state: BillingState) => state.stop(),
});

async function start(context: ModuleContext<BillingConfig>): Promise<BillingState> {
  const { calls, clock, config, counters, log, publishDeclared, random, subscribe } = context;
  const { currency } = config;
  mustDiffer(config);
  const prompt = await calls.prompt(
    config.warningPrompt === '' ? packageFile('di-modules/billing/prompts/warning.wav') : config.warningPrompt,
  );
  const store = new Store(context.openDatabase('ledger.db'));
  await store.open();
  const accounts = await accountsOf(store, config);
  const tariffs = new TariffBook({
    configured: config.tariffs,
    kept: await context.storage.list(tariffPrefix),
    storage: context.storage,
    standard: config.defaultTariff,
    timeZone: config.timeZone,
  });
  const feeds: OutputFeed[] = [...openOutputs(context, store)];
  const journal = new Journal({
    ...{ clock, log, counters, store },
    gatherMs: config.gatherMs,
    heartbeatMs: config.heartbeatMs,
    onStored(records) {
      for (const record of records) publishDeclared('billing.record', record);
      for (const feed of feeds) feed.kick();
    },
  });
  const engine = new Billing({
    ...{ calls, clock, random, log, counters, currency, journal, accounts, tariffs },
    hasEntry: (id) => store.hasEntry(id),
    publish: publishDeclared,
    playWarning: (call) =>
      void calls
        .find(call)
        ?.play(prompt, { where: 'front' })
        .catch(() => {}),
  });
  await takeUp(context, store, engine);
  subscribe('call.*', (event) => engine.receive(event));
  for (const feed of feeds) feed.kick();
  const timers = [
    ...(config.liveSeconds === 0 ? [] : [every(clock, config.liveSeconds * 1000, () => tellLive(context, engine))]),
    ...(config.keepDays === 0 ? [] : [every(clock, dayMs / 24, () => forgetOld(context, store, feeds))]),
  ];
  return {
    ...{ currency, billing: engine, accounts, tariffs, journal, store, feeds },
    async stop() {
      for (const timer of timers) timer.cancel();
      engine.stop();
      await journal.stop();
      for (const feed of feeds) await feed.stop();
      await store.close();
    },
  };
}

/** Calls of a former process: those that still live go on, the others get the record that a crash kept from them. */
async function takeUp(context: ModuleContext<BillingConfig>, store: Store, engine: Billing): Promise<void> {
  const { calls, config, log } = context;
  const left = await store.leftOpen();
  const gone = left.calls.filter(({ call }) => calls.find(call) === null);
  for (const open of left.calls) if (!gone.includes(open)) engine.adopt(open);
  for (const open of gone) engine.close(crashRecord(open, left.steadyMs, config.currency));
  if (gone.length > 0) log.warn('billing: calls that a crash cut have their records', { calls: gone.length });
}

async function accountsOf(store: Store, config: BillingConfig): Promise<Accounts> {
  const kept = new Map((await store.limits()).map(({ account, limit }) => [account, limit]));
  const accounts = new Accounts((name) => {
    // Written by billing.limit, which got it through the schema.
    const own = kept.get(name) as LimitValues | undefined;
    return limitOf(own ?? config.accounts[name] ?? config.defaultLimit);
  });
  for (const name of [...Object.keys(config.accounts), ...kept.keys()]) accounts.kept(name);
  for (const { account, balanceMicro } of await store.balances()) accounts.kept(account).balanceMicro = balanceMicro;
  return accounts;
}

function tellLive({ log, publishDeclared }: ModuleContext<BillingConfig>, engine: Billing): void {
  try {
    for (const charge of engine.live()) publishDeclared('billing.live', { ...charge });
  } catch (fault) {
    log.error('billing: live charges were not told', { fault: String(fault) });
  }
}

function forgetOld(context: ModuleContext<BillingConfig>, store: Store, feeds: readonly OutputFeed[]): void {
  const { clock, config, log } = context;
  const throughSeq = Math.min(Number.MAX_SAFE_INTEGER, ...feeds.map(({ seq }) => seq));
  store.forget(clock.unixMs() - config.keepDays * dayMs, throughSeq).catch((fault: unknown) => {
    log.warn('billing: old records were not dropped', { fault: String(fault) });
  });
}

/** @throws CodedError `config.invalid`. */
function mustDiffer({ outputs }: BillingConfig): void {
  const names = outputs.map(({ name }) => name);
  const [twice] = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new CodedError(
      'config.invalid',
      `modules.billing.outputs: two are named ${twice}; each needs a name of its own`,
    );
}
