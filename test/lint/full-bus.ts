/** A bus with the rows and events of everything that a server may have. Nothing is started: rows say all. */
import { builtins } from '../../core/call/builtins.ts';
import { callFunctions } from '../../core/call/call-functions.ts';
import { gatewayFunctions } from '../../core/call/gateway-functions.ts';
import { logFunctions } from '../../core/call/log-functions.ts';
import { messageFunctions } from '../../core/call/messages.ts';
import { routingFunctions } from '../../core/call/routing-functions.ts';
import { traceFunctions } from '../../core/call/trace-functions.ts';
import { type Bus, createBus, type FunctionRows, openRpcDocument } from '../../core/di/index.ts';
import { knownModules } from '../../core/main.ts';
import { Counters, SimClock, SimRandom, silentLog } from '../../core/runtime/index.ts';
import { serverFunctions } from '../../core/server-functions.ts';
import { auditFunctions } from '../../rpc/audit-functions.ts';
import { jsonrpcFunctions, peerEvents } from '../../rpc/index.ts';
import { tokenFunctions } from '../../rpc/token-functions.ts';

/** What is registered without a module being listed. */
const builtIn: { readonly [module: string]: FunctionRows<never> } = {
  builtin: builtins,
  server: serverFunctions,
  call: callFunctions,
  message: messageFunctions,
  routing: routingFunctions,
  gateway: gatewayFunctions,
  trace: traceFunctions,
  log: logFunctions,
  audit: auditFunctions,
  tokens: tokenFunctions,
  jsonrpc: jsonrpcFunctions,
};

export function fullBus(): Bus {
  const bus = createBus({ clock: new SimClock(), log: silentLog, counters: new Counters(), random: new SimRandom(1) });
  for (const [module, rows] of Object.entries(builtIn)) bus.register(module, rows, undefined as never);
  for (const [name, declaration] of Object.entries(peerEvents)) bus.declareEvent(name, declaration);
  for (const { name, functions, events = {} } of knownModules) {
    if (functions !== undefined) bus.register(name, functions, undefined as never);
    for (const [event, declaration] of Object.entries(events)) bus.declareEvent(event, declaration);
  }
  return bus;
}

/** The OpenRPC document of that bus. */
export const fullDocument = (): unknown => openRpcDocument(fullBus(), { title: 'Callbus', version: '0' });
