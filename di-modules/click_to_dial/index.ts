/** Calls two parties and connects them, or one with an application. */
import { defineModule, promptIn } from '../../core/index.ts';
import { ClickToDialConfigSchema } from './config.ts';
import { Dials } from './dials.ts';
import { clickToDialEvents } from './events.ts';
import { functions } from './functions.ts';
import { OrderStore } from './order-store.ts';
import { planOf } from './plan.ts';

export const clickToDial = defineModule({
  name: 'click_to_dial',
  summary: 'Calls two parties and connects them, or one with an application.',
  config: ClickToDialConfigSchema,
  functions,
  events: clickToDialEvents,
  async start({ config, calls, clock, random, log, counters, dataPath, storage, publishDeclared }): Promise<Dials> {
    const folder = config.playPath === '' ? dataPath : config.playPath;
    const ended = counters.counter('callbus_click_to_dial_ended_total', 'Dials that ended, by their SIP status');
    const dials = new Dials({
      calls,
      clock,
      random,
      log,
      store: new OrderStore(storage),
      config,
      async plan(order) {
        const plan = await planOf(order, config, (name) => calls.prompt(promptIn(folder, name)));
        // One that goes by a registration's proxy is judged when it is placed.
        if (plan.b !== null && plan.b.order.account === undefined) calls.checkTarget(plan.b.order.requestUri);
        return plan;
      },
      onPhase({ state }) {
        const { startedAtMs: _, answeredAtMs: _a, bridgedAtMs: _b, endedAtMs: _e, ...told } = state;
        if (state.phase === 'ended') ended.add(1, { status: String(state.status ?? 0) });
        publishDeclared('click_to_dial.progress', { ...told, atMs: clock.unixMs() });
      },
    });
    await dials.load();
    return dials;
  },
  stop: (dials: Dials) => dials.stop(),
});
