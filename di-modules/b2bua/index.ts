/** Connects each call to one that it places: a back-to-back user agent. */
import { type Call, CallControl, type Coupling, defineApplication, defineModule } from '../../core/index.ts';
import { B2buaConfigSchema } from './config.ts';
import { type B2buaState, functions } from './functions.ts';
import { deciderFor, hooksFor } from './route.ts';

export const b2bua = defineModule({
  name: 'b2bua',
  summary: 'Connects each call to one that it places.',
  config: B2buaConfigSchema,
  functions,
  start({ config, calls, clock, log, invoke, registerApplication }): B2buaState {
    const couplings = new Map<string, Coupling>();
    const hooks = hooksFor(config);
    const decide = deciderFor(config);
    const control = new CallControl({
      modules: config.callControl.map((each) => ({ ...each, section: each.section || each.module })),
      clock,
      log,
      invoke,
    });

    /** `maxCallMs` besides that of the configuration; 0: none. */
    function connect(call: Call, maxCallMs: number): void {
      const decision = decide(call.session.dialog.invite);
      const limits = [decision.maxCallMs ?? 0, maxCallMs].filter((ms) => ms > 0);
      const coupling = calls.couple(call, {
        origin: { name: 'module:b2bua' },
        hooks,
        decision: limits.length === 0 ? decision : { ...decision, maxCallMs: Math.min(...limits) },
      });
      couplings.set(call.tag, coupling);
      void coupling.ended.then(() => couplings.delete(call.tag));
    }

    /** The same with modules that are asked before, and told of the answer and of the end. */
    async function controlled(call: Call): Promise<void> {
      const startedAtMs = clock.unixMs();
      let answeredAtMs = 0;
      const verdict = await control.start(call, startedAtMs);
      if (verdict.kind === 'refuse') {
        call.reject(verdict.status, verdict.reason, { headers: verdict.headers });
        return;
      }
      // Before anything else can end it: who said yes is told the end, whatever happens.
      void call.ended.then(() => control.ended(call, startedAtMs, answeredAtMs, clock.unixMs()));
      if (call.signal.aborted) return;
      const watching = call.session.watch(() => {
        if (call.state !== 'connected') return;
        watching.dispose();
        answeredAtMs = clock.unixMs();
        control
          .connected(call, startedAtMs, answeredAtMs, couplings.get(call.tag)?.b?.tag ?? '')
          .catch((fault: unknown) => {
            log.error('call control failed', { call: call.tag, fault: String(fault) });
            call.hangup({ code: 'call.failed', sentence: 'Call control failed at the answer.' });
          });
      });
      connect(call, verdict.maxCallMs);
    }

    registerApplication(
      defineApplication({
        name: 'b2bua',
        passesReplaces: true,
        onInvite: (call) => (config.callControl.length === 0 ? connect(call, 0) : controlled(call)),
      }),
    );
    return { couplings };
  },
});
