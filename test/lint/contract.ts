/**
 * The TypeScript client's contract against the rows of all modules. `--write` rewrites
 * clients/typescript/contract.ts; test/unit/clients/typescript/contract.test.ts compares.
 */
import { writeFileSync } from 'node:fs';
import { typesFromOpenRpc } from '../../clients/typescript/index.ts';
import { builtins } from '../../core/call/builtins.ts';
import { traceFunctions } from '../../core/call/trace-functions.ts';
import { createBus, openRpcDocument } from '../../core/di/index.ts';
import { knownModules } from '../../core/main.ts';
import { Counters, packageFile, SimClock, SimRandom, silentLog } from '../../core/runtime/index.ts';
import { jsonrpcFunctions, peerEvents } from '../../rpc/index.ts';

export const contractFile = packageFile('clients/typescript/contract.ts');

/** The contract as the rows are now. Nothing is started: rows say all. */
export function currentContract(): string {
  const bus = createBus({ clock: new SimClock(), log: silentLog, counters: new Counters(), random: new SimRandom(1) });
  bus.register('builtin', builtins, undefined as never);
  bus.register('trace', traceFunctions, undefined as never);
  bus.register('jsonrpc', jsonrpcFunctions, undefined as never);
  for (const [name, declaration] of Object.entries(peerEvents)) bus.declareEvent(name, declaration);
  for (const { name, functions } of knownModules) {
    if (functions !== undefined) bus.register(name, functions, undefined as never);
  }
  return typesFromOpenRpc(openRpcDocument(bus, { title: 'Callbus', version: '0' }));
}

if (process.argv[1] === import.meta.filename && process.argv.includes('--write')) {
  writeFileSync(contractFile, currentContract());
}
