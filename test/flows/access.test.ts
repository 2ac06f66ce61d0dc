/** The live registry of a server with every module: who may call what, and where secrets go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Caller,
  masked,
  type Parameter,
  type RegisteredFunction,
  roles,
  scopeCovers,
} from '../../core/di/index.ts';
import { knownModules } from '../../core/main.ts';
import { isRecord } from '../../core/runtime/index.ts';
import { type World, world } from '../support/world.ts';

/** Modules that do nothing without a configuration of their own are given the least of it. */
const configured: { readonly [module: string]: unknown } = {
  webconference: { master_password: 'master' },
  di_dial: { dialout_pin0: '4711;me;127.0.0.1;user;secret' },
};
const left = ['stats', 'dsm', 'db_reg_agent', 'cc_acc_xmlrpc'];
const modules = Object.fromEntries(
  knownModules.flatMap(({ name }) => (left.includes(name) ? [] : [[name, configured[name] ?? {}]])),
);

const start = (): Promise<World> => world({ phone: null, config: { modules } });

const callerOf = (role: string): Caller => ({ name: role, scopes: roles[role] ?? [], limits: {} });

/** No function takes an argument of that name: what is not forbidden fails before its handler runs. */
const noArguments = { 'no such argument': 1 };

async function codeOf(w: World, caller: Caller, method: string, params: unknown): Promise<unknown> {
  const text = JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 });
  const answer: unknown = JSON.parse(
    (await w.driver.during(w.server.rpc.dispatchJson(text, { caller }), 60_000, method)) ?? 'null',
  );
  return isRecord(answer) && isRecord(answer.error) ? answer.error.code : 'answered';
}

const exported = (w: World): RegisteredFunction[] =>
  w.server.bus.functions().filter(({ row }) => row.exported !== false) as RegisteredFunction[];

test('all functions × roles: nobody, viewer, operator and admin reach what the scope of the row says {access-control}', async () => {
  const w = await start();
  try {
    const wrong: string[] = [];
    const all = exported(w);
    assert.ok(all.length > 150, `${all.length} functions`);
    for (const { module, name, row } of all) {
      assert.match(row.scope, /^\w+:(read|control|admin)$/, `${module}.${name}`);
      for (const role of ['nobody', 'viewer', 'operator', 'admin']) {
        const caller = callerOf(role);
        const mayCall = scopeCovers(caller.scopes, row.scope);
        const code = await codeOf(w, caller, `${module}.${name}`, noArguments);
        if ((code === -32003) === mayCall || code === 'answered') wrong.push(`${module}.${name} as ${role}: ${code}`);
        if (mayCall) continue;
        const roundabout = await codeOf(w, caller, 'di', [module, name]);
        if (roundabout !== -32003) wrong.push(`di ${module}.${name} as ${role}: ${roundabout}`);
        const xml = `<methodCall><methodName>system.multicall</methodName><params><param><value><array><data><value><struct><member><name>methodName</name><value>${module}.${name}</value></member></struct></value></data></array></value></param></params></methodCall>`;
        const reply = await w.driver.during(w.server.rpc.dispatchXml(xml, { caller }), 60_000, name);
        if (!reply.includes('<i4>403</i4>')) wrong.push(`multicall ${module}.${name} as ${role}: ${reply}`);
      }
    }
    assert.deepEqual(wrong, []);
  } finally {
    await w.stop();
  }
});

test('all functions × a token for one room: nothing that names no room, or another {access-control}', async () => {
  const w = await start();
  try {
    const wrong: string[] = [];
    const caller: Caller = { name: 'door', scopes: ['*:*'], limits: {}, only: { room: ['4711'] } };
    for (const { module, name, row } of exported(w)) {
      if (row.confined === true) continue;
      const lists = [row.params, ...(row.overloads ?? [])];
      const params = lists[0] ?? [];
      if (lists.length > 1 && !lists.every((list) => list.some((param) => param.name === 'room'))) {
        // Whichever list fits must be refused; without arguments most fail before that.
        const code = await codeOf(w, caller, `${module}.${name}`, []);
        if (code === 'answered') wrong.push(`${module}.${name}`);
        continue;
      }
      const args = params.filter(({ kind }) => kind === 'arg').map((param) => sampleOf(param, '4712'));
      const code = await codeOf(w, caller, `${module}.${name}`, args);
      if (code !== -32003 && code !== -32602) wrong.push(`${module}.${name}(${JSON.stringify(args)}): ${code}`);
    }
    assert.deepEqual(wrong, []);
  } finally {
    await w.stop();
  }
});

const canary = 'CANARY-5c1d9e';

test('a canary in every secret argument reaches no audit, log, event, error, reply or figure {access-control}', async () => {
  const w = await start();
  try {
    const caller = callerOf('admin');
    const told: string[] = [];
    let secrets = 0;
    for (const { module, name, row } of exported(w)) {
      for (const params of [row.params, ...(row.overloads ?? [])]) {
        if (!params.some(isSecret)) continue;
        secrets++;
        const good = params.flatMap((param) =>
          param.kind === 'rest' ? [] : [isSecret(param) ? canary : sampleOf(param, canary)],
        );
        const wrapped = params.map((param) => (isSecret(param) ? { value: [canary] } : null));
        const misplaced = params.map((param) => (isSecret(param) ? 7 : canary));
        for (const args of [good, wrapped, [canary], [...good, canary]]) await speak(`${module}.${name}`, args);
        // Where a secret does not belong it may be told to who sent it, and to nobody else.
        await w.driver.during(
          w.server.rpc.dispatchJson(request(`${module}.${name}`, misplaced), { caller }),
          60_000,
          name,
        );
      }
    }
    await speak('monitoring.log', ['x', 'password', canary]);
    await w.advance(100);

    async function speak(method: string, args: readonly unknown[]): Promise<void> {
      const reply = await w.driver.during(w.server.rpc.dispatchJson(request(method, args), { caller }), 60_000, method);
      if (reply?.includes(canary) === true) told.push(`reply of ${method}(${JSON.stringify(args)}): ${reply}`);
    }
    assert.ok(secrets > 10, `${secrets} functions with secrets`);
    assert.deepEqual(told, []);
    const audit = JSON.stringify(await w.invoke('audit.list', 1000));
    assert.ok(audit.includes(masked));
    for (const [where, text] of [
      ['audit', audit],
      ['log', JSON.stringify(w.logs)],
      ['events', JSON.stringify(w.events)],
      ['figures', JSON.stringify(w.seams.counters.samples())],
    ] as const)
      assert.equal(
        text.includes(canary),
        false,
        `${where}: …${text.slice(Math.max(0, text.indexOf(canary) - 300)).slice(0, 400)}`,
      );
  } finally {
    await w.stop();
  }
});

const request = (method: string, params: unknown): string => JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 });

const isSecret = ({ schema }: Parameter): boolean => isRecord(schema) && schema['x-secret'] === true;

/** A value of the parameter's type; `text` where any text fits. */
function sampleOf({ name, schema }: Parameter, text: string): unknown {
  if (!isRecord(schema)) return null;
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['anyOf'])) return sampleOf({ kind: 'arg', name, schema: schema['anyOf'][0] }, text);
  switch (schema['type']) {
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' && schema['minimum'] > 0 ? schema['minimum'] : 1;
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'object':
      return {};
    default:
      return name === 'room' && text !== canary ? text : 'x1';
  }
}
