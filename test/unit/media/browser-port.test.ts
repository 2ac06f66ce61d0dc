import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrowserPort } from '../../../core/media/browser-port.ts';
import type { EngineLink } from '../../../core/media/engine-link.ts';
import { CodedError } from '../../../core/runtime/index.ts';

const nothing = (): void => {};

/** The engine that owns the port, and answers when the test says. */
function owner() {
  const seen: string[] = [];
  let answer = nothing;
  let die = nothing;
  const link: EngineLink = {
    index: 0,
    load: null,
    busy: 0,
    descriptors: [],
    dead: false,
    send: ({ kind }) => void seen.push(kind),
    request({ kind }) {
      seen.push(kind);
      return new Promise((resolve, reject) => {
        answer = () => resolve(null);
        die = () => reject(new CodedError('media.failed', 'the thread died'));
      });
    },
    stop: async () => {},
  };
  const port = new BrowserPort({
    port: 3478,
    links: [link],
    openIo: () => {
      throw new Error('no socket is needed');
    },
  });
  return { seen, port, answer: () => answer(), die: () => die() };
}

/** Everything that is due has run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a description waits until the owner of the port knows the credentials in it {one-port}', async () => {
  const { seen, port, answer } = owner();
  port.addCredentials(7, { ufrag: 'abcd', password: 'a-password-of-a-leg-here' });
  let isTold = false;
  const told = port.told().then(() => {
    isTold = true;
  });
  await settled();
  assert.deepEqual(seen, ['portLeg', 'ping'], 'the answer to the second tells that the first was read');
  assert.equal(isTold, false);
  answer();
  await told;
});

test('an owner that dies meanwhile holds no call up {one-port}', async () => {
  const { port, die } = owner();
  const told = port.told();
  die();
  await told;
});
