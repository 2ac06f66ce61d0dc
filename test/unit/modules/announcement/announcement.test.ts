import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcementCandidates } from '../../../../core/call/index.ts';
import { CodedError } from '../../../../core/index.ts';
import { announcement } from '../../../../di-modules/announcement/index.ts';
import { makeModule } from '../make-module.ts';

const make = (config: Record<string, unknown> = {}) =>
  makeModule(announcement, { announce_path: '/ann/', ...config }, { routing: [{ application: 'announcement' }] });

test('the file of domain and user comes before that of the user', () => {
  assert.deepEqual(announcementCandidates('/a', { user: 'u', domain: 'd.example' }), [
    '/a/d.example/u.wav',
    '/a/u.wav',
  ]);
  assert.deepEqual(announcementCandidates('/a', { user: '', domain: 'd' }), []);
});

for (const user of ['../x', 'a/b', '..', '.', 'a\0', 'a\\b', 'x'.repeat(201)])
  test(`the user ${JSON.stringify(user.slice(0, 10))} names no file`, () => {
    assert.equal(announcementCandidates('/a', { user, domain: 'd' }), null);
    assert.equal(announcementCandidates('/a', { user: 'u', domain: user }), null);
  });

test('{announcement} plays the file that is there and hangs up at its end', async () => {
  const { answered, stream, files, clock, media } = await make();
  await files.write('/ann/welcome.wav', new Uint8Array(1));
  const asked: string[] = [];
  const prompt = media.prompt.bind(media);
  media.prompt = (path) => {
    asked.push(path);
    return prompt(path);
  };
  const dialog = await answered('sip:welcome@192.0.2.1');
  assert.deepEqual(asked, ['/ann/welcome.wav']);
  assert.deepEqual(
    stream().items.map(({ request }) => request.kind),
    ['prompt'],
  );
  stream().finish();
  await clock.advance(10);
  assert.equal(dialog.last?.kind, 'end');
});

test('{announcement} without a file of its own a user hears the default', async () => {
  const { answered, stream } = await make({ loop: true });
  await answered('sip:nobody@192.0.2.1');
  const [first] = stream().items;
  assert.ok(first?.request.kind === 'prompt' && first.request.loop);
});

test('{announcement} an address that would leave the folder is refused', async () => {
  const { sip, clock, counters } = await make();
  const dialog = sip.incoming('sip:..%2fsecret@192.0.2.1');
  await clock.advance(0);
  assert.equal(dialog.statuses.at(-1), 404);
  assert.equal(counters.counter('callbus_announcement_refused_total', '').value(), 1);
});

test('{announcement} a file that cannot be used is a 500 before the answer, not silence after it', async () => {
  const { sip, clock, files, media } = await make();
  await files.write('/ann/bad.wav', new Uint8Array(1));
  media.prompt = () => Promise.reject(new CodedError('file.format', '/ann/bad.wav'));
  const dialog = sip.incoming('sip:bad@192.0.2.1');
  await clock.advance(0);
  assert.equal(dialog.statuses.at(-1), 500);
});

test('{announcement} a BYE in the middle of the file leaves nothing behind', async () => {
  const { answered, clock, engine, media } = await make();
  const dialog = await answered('sip:nobody@192.0.2.1');
  dialog.bye();
  await clock.advance(1000);
  assert.deepEqual([engine.calls().length, media.open.length], [0, 0]);
});
