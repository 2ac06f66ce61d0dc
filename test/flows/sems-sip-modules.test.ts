/** uac_auth and session_timer, as an application and its callers see them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineApplication, defineModule, Type } from '../../core/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { world } from '../support/world.ts';

/** An application that lets in whom uac_auth knows. */
const guarded = defineModule({
  name: 'guarded',
  summary: 'Asks for credentials call by call.',
  config: Type.Object({}, { additionalProperties: false, default: {} }),
  needs: ['uac_auth'],
  start({ invoke, registerApplication }) {
    registerApplication(
      defineApplication({
        name: 'guarded',
        async onInvite(call) {
          const verdict = await invoke('uac_auth', 'checkAuth', [call.tag, 'realm', 'alice', 'wonderland']);
          const [code, reason, lines] = Array.isArray(verdict) ? verdict : [];
          const headers = String(lines)
            .split('\r\n')
            .filter((line) => line !== '')
            .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]);
          if (code === 200) await call.accept();
          else call.reject(Number(code), String(reason), { headers });
        },
      }),
    );
  },
});

test('uac_auth judges a call for an application; no wire has its functions {uac-auth}', async () => {
  const w = await world({
    modules: [guarded],
    config: { routing: [{ application: 'guarded' }], modules: { uac_auth: { server_secret: 'sesame' }, guarded: {} } },
  });
  const stranger = await w.phone.dial('guarded');
  assert.equal(await stranger.isRefused(), 401);
  const wrong = await w.phone.dial('guarded', { credentials: { realm: '', user: 'alice', password: 'wrong' } });
  assert.equal(await wrong.isRefused(), 401);
  await w.phone.call('guarded', { credentials: { realm: '', user: 'alice', password: 'wonderland' } });
  await w.phone.bye();
  for (const name of ['checkAuth', 'getHandler'])
    await assert.rejects(w.invoke(`uac_auth.${name}`, 'a', 'b', 'c', 'd'), {
      code: 'rpc.unknownFunction',
      message: /not exported/,
    });
  assert.deepEqual(await w.invoke('uac_auth._list'), []);
  const { bus } = w.server;
  const inside = bus.moduleContext('test');
  await assert.rejects(bus.invoke('uac_auth', 'checkAuth', ['nobody', 'r', 'u', 'p'], inside), {
    code: 'call.unknown',
  });
  await assert.rejects(bus.invoke('uac_auth', 'getHandler', [null, null], inside), /OriginateOptions\.credentials/);
  await assertNothingLeft(w);
});

const sessionExpires = async (modules: { readonly [name: string]: unknown }): Promise<string | null> => {
  const w = await world({ config: { routing: [{ application: 'echo' }], modules: { echo: {}, ...modules } } });
  w.server.calls.originate({
    application: 'echo',
    user: 'x',
    from: 'sip:us@10.0.0.1',
    to: w.phone.uri,
    requestUri: w.phone.uri,
    origin: { name: 'test' },
  });
  const call = await w.phone.isCalled();
  const asked = call.dialog.invite.header('session-expires');
  await w.stop();
  return asked;
};

test('session_timer: its keys are those of all applications without their own {session-timer-module}', async () => {
  assert.equal(await sessionExpires({ session_timer: {} }), '120');
  assert.equal(await sessionExpires({ session_timer: { session_expires: 300 } }), '300');
  assert.equal(
    await sessionExpires({ session_timer: {}, echo: { enable_session_timer: true, session_expires: 500 } }),
    '500',
  );
  assert.equal(await sessionExpires({ session_timer: { enable_session_timer: false } }), null);
  assert.equal(await sessionExpires({}), '1800', 'as sip.sessionTimer says');
});

test('session_timer: an interval below the minimum ends the start, and is named {session-timer-module}', async () => {
  await assert.rejects(
    world({ config: { modules: { session_timer: { session_expires: 100, minimum_timer: 120 } } } }),
    /session_timer\.session_expires/,
  );
});
