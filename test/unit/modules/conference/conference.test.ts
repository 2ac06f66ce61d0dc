import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinSchema, loadConfig } from '../../../../core/config/index.ts';
import { conference } from '../../../../di-modules/conference/index.ts';
import { roomOf } from '../../../../di-modules/conference/room-name.ts';
import { response, sdp } from '../../call/fake-sip.ts';
import { makeModule } from '../make-module.ts';

const make = (config: Record<string, unknown> = {}) =>
  makeModule(conference, config, { routing: [{ application: 'conference' }] });

test('the room is the user part, or what follows conf=', () => {
  assert.equal(roomOf('500', false), '500');
  assert.equal(roomOf('', false), null);
  assert.equal(roomOf('conf=abc', true), 'abc');
  assert.equal(roomOf('conf=', true), null);
  assert.equal(roomOf('500', true), null);
});

test('{conference} the first participant hears a prompt in front of the room', async () => {
  const { answered, stream, engine } = await make();
  const dialog = await answered('sip:500@192.0.2.1');
  assert.deepEqual(engine.rooms.list(), [{ room: '500', participants: [dialog.ids.localTag] }]);
  assert.deepEqual(
    stream().items.map(({ request }) => request.kind),
    ['prompt', 'room'],
  );
});

test('{conference} the others hear who joins and who leaves; the joiner hears nothing', async () => {
  const { answered, stream, clock } = await make();
  await answered('sip:500@192.0.2.1');
  stream(0).finish();
  const second = await answered('sip:500@192.0.2.1');
  assert.deepEqual(
    stream(0).items.map(({ request }) => request.kind),
    ['prompt', 'room'],
  );
  assert.deepEqual(
    stream(1).items.map(({ request }) => request.kind),
    ['room'],
  );
  stream(0).finish();
  second.bye();
  await clock.advance(10);
  assert.deepEqual(
    stream(0).items.map(({ request }) => request.kind),
    ['prompt', 'room'],
  );
});

test('{conference} past max_participants callers get 486', async () => {
  const { answered, sip, clock, counters } = await make({ max_participants: 1 });
  await answered('sip:500@192.0.2.1');
  const second = sip.incoming('sip:500@192.0.2.1');
  await clock.advance(0);
  assert.deepEqual(
    second.statuses.filter((status) => status >= 200),
    [486],
  );
  const other = sip.incoming('sip:501@192.0.2.1');
  await clock.advance(0);
  assert.deepEqual(
    other.statuses.filter((status) => status >= 200),
    [200],
  );
  assert.equal(counters.counter('callbus_conference_full_total', '').value(), 1);
});

test('{conference} callers that arrive together count for the maximum', async () => {
  const { sip, clock } = await make({ max_participants: 2 });
  const dialogs = Array.from({ length: 5 }, () => sip.incoming('sip:500@192.0.2.1'));
  await clock.advance(0);
  const finals = dialogs.map(({ statuses }) => statuses.at(-1));
  assert.deepEqual(finals.sort(), [200, 200, 486, 486, 486]);
});

test('{conference} with RFC 4240 rooms other addresses get 404', async () => {
  const { sip, clock } = await make({ use_rfc4240_rooms: true });
  for (const [user, status] of [
    ['500', 404],
    ['conf=', 404],
    ['conf=a', 200],
  ] as const) {
    const dialog = sip.incoming(`sip:${user}@192.0.2.1`);
    await clock.advance(0);
    assert.equal(dialog.statuses.at(-1), status, user);
  }
});

test('{conference} Listen-Only hears without speaking', async () => {
  const { answered, stream } = await make();
  const listenOnly = () =>
    stream()
      .items.map(({ request }) => request.kind === 'room' && request.listenOnly)
      .at(-1);
  await answered('sip:500@192.0.2.1', { headers: [['P-App-Param', 'Listen-Only=1']] });
  assert.equal(listenOnly(), true);
  await answered('sip:500@192.0.2.1');
  assert.equal(listenOnly(), false);
});

test('{conference} Language chooses the prompt of this call only', async () => {
  const { answered, files, media } = await make({ audio_path: '/audio' });
  await files.write('/audio/lonely_user_msg/default_de.wav', new Uint8Array(1));
  const asked: string[] = [];
  const prompt = media.prompt.bind(media);
  media.prompt = (path) => {
    asked.push(path);
    return prompt(path);
  };
  await answered('sip:500@192.0.2.1', { headers: [['P-App-Param', 'Language=de']] });
  await answered('sip:501@192.0.2.1', { headers: [['P-App-Param', 'Language=../../x']] });
  await answered('sip:502@192.0.2.1');
  assert.deepEqual(asked, ['/audio/lonely_user_msg/default_de.wav']);
});

test('{conference} a placed call joins when it is answered', async () => {
  const { engine, sip, clock } = await make();
  engine.originate({
    application: 'conference',
    user: '500',
    from: 'sip:us@192.0.2.1',
    to: 'sip:bob@10.0.0.9',
    requestUri: 'sip:bob@10.0.0.9',
    origin: { name: 'test' },
  });
  await clock.advance(10);
  assert.deepEqual(engine.rooms.list(), []);
  const [sent] = sip.invited;
  assert.ok(sent);
  sent.dialog.state = 'confirmed';
  sent.dialog.onEvent({
    kind: 'answered',
    response: response(200, 'OK', [['Content-Type', 'application/sdp']], sdp()),
  });
  await clock.advance(10);
  assert.equal(engine.rooms.participants('500').length, 1);
});

test('{conference} what is not built yet is refused by the configuration', () => {
  const schema = joinSchema({ fragments: {}, modules: { conference: conference.config }, defaultModules: [] });
  const text = "modules: { conference: { dialout_suffix: '@example.org' } }";
  assert.throws(() => loadConfig({ schema, text }), { code: 'config.notBuilt', message: /dialout_suffix/ });
});

test('{conference} playout_type chooses how the audio of its calls waits {playout}', async () => {
  const opened = async (playout_type: string) => {
    const { answered, stream } = await make({ playout_type });
    await answered('sip:500@192.0.2.1');
    return stream().options.playout;
  };
  assert.deepEqual(await opened('adaptive_playout'), {});
  assert.deepEqual(await opened('adaptive_jb'), { type: 'fixed', fixedMs: 80 });
  assert.deepEqual(await opened('simple'), { type: 'simple' });
});

test('{conference} a BYE, a CANCEL and a second BYE leave nothing behind', async () => {
  const { answered, sip, clock, engine, media } = await make();
  const dialog = await answered('sip:500@192.0.2.1');
  dialog.bye();
  dialog.bye();
  const cancelled = sip.incoming('sip:500@192.0.2.1');
  cancelled.cancelled();
  await clock.advance(1000);
  assert.deepEqual([engine.rooms.list(), engine.calls().length, media.open.length], [[], 0, 0]);
});
