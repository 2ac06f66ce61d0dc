/**
 * The conference page in Chromium: Ana and Bo in two tabs and a SIP phone in one room, each with a tone of its own. What
 * is clicked in one is seen and heard in the others.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import {
  accessibilityFaults,
  consoleFaults,
  hears,
  hearsNot,
  narrow,
  screenshot,
  skipWithoutChromium,
  startChromium,
  type TestBrowser,
} from '../support/chromium.ts';
import { type LabPhone, labPhones, shares } from '../support/lab-phone.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { skipWithout } from '../support/peers.ts';
import { sippEchoes, sippPlays } from '../support/sipp-tones.ts';

const anaHz = 440;
const boHz = 660;
const phoneHz = 1000;
const sippHz = 1500;
const pin = '771204';
const phones = labPhones();

suite('a conference in the browser', { skip: skipWithoutChromium }, () => {
  let server: LiveServer;
  let browser: TestBrowser;
  let ana: Page;
  let bo: Page;
  let phone: LabPhone;

  before(async () => {
    [server, browser] = await Promise.all([startLiveServer({ limitMs: 235_000 }), startChromium({ toneHz: anaHz })]);
  });
  after(async () => {
    await Promise.all([browser?.close(), server?.stop()]);
    phones.dispose();
  });

  test('two tabs and a SIP phone hear each other, and see who speaks {web-conference}', async () => {
    await server.rpc('webconference.state', ['4711', pin]); // opens the room with that PIN
    phone = phones.start('call', `sip:room-4711@127.0.0.1:${server.sipPort}`, '--play', phones.tone(phoneHz, 210));
    ana = await browser.open(`${server.http}/c/4711#${pin}`);
    bo = await browser.open(`${server.http}/c/4711#${pin}`, { size: narrow, dark: true, toneHz: boHz });
    await ana.waitForURL(({ hash }) => hash === ''); // the PIN leaves the address bar
    await ana.getByText('lab is here.').waitFor();
    await ana.getByRole('button', { name: 'Check the microphone' }).click();
    await ana.getByText('We hear you.').waitFor();
    await screenshot(ana, 'conference-lobby-wide');
    await screenshot(bo, 'conference-lobby-narrow-dark');
    assert.deepEqual(await accessibilityFaults(ana), []);
    await Promise.all([join_(ana, 'Ana Lind'), join_(bo, 'Bo')]);
    await Promise.all([hears(ana, boHz), hears(ana, phoneHz), hears(bo, anaHz), hears(bo, phoneHz)]);
    await Promise.all([speaking(card(ana, 'lab')), speaking(card(ana, 'Bo')), speaking(card(bo, 'Ana Lind'))]);
  });

  test('two tabs and callers of SIPp hear each other by tone {web-conference}', {
    skip: skipWithout('sipp'),
  }, async () => {
    const plays = await sippPlays(server, 'room-4711', sippHz);
    await Promise.all([hears(ana, sippHz), hears(bo, sippHz), speaking(card(ana, 'sipp'))]);
    await hearsNot(ana, anaHz);
    // What this one says again is what it hears: each tab hears itself by way of it.
    const echoes = await sippEchoes(server, 'room-4711');
    await Promise.all([hears(ana, anaHz), hears(bo, boHz)]);
    for (const name of ['sipp-echo', 'sipp']) {
      const { call } = await participant(server, `${name}@`);
      await server.rpc('webconference.kickout', ['4711', pin, call]);
    }
    assert.deepEqual(await Promise.all([plays.ended, echoes.ended]), [null, null]);
    await Promise.all([hearsNot(ana, anaHz), hearsNot(ana, sippHz)]);
  });

  test('mute from the page silences, is shown, and is taken back by a key {web-conference}', async () => {
    await openCard(bo, 'Ana Lind');
    await card(bo, 'Ana Lind').getByRole('button', { name: 'Mute Ana Lind' }).first().click();
    await hearsNot(bo, anaHz);
    await ana.getByRole('button', { name: 'Unmute yourself', exact: true }).last().waitFor();
    await card(bo, 'Ana Lind').getByText('muted').waitFor();
    await ana.keyboard.press('m');
    await hears(bo, anaHz);
    await card(bo, 'Ana Lind').getByRole('button', { name: 'Mute Ana Lind' }).first().waitFor();
  });

  test('in a moderated room only who has the floor is heard {web-conference} {floor-control}', async () => {
    await ana.getByRole('button', { name: 'Moderate' }).click();
    await Promise.all([hearsNot(bo, anaHz), hearsNot(ana, boHz)]);
    await ana.keyboard.press('h');
    await bo.getByRole('button', { name: 'Give the floor to Ana Lind' }).waitFor();
    await screenshot(bo, 'conference-hands-narrow-dark');
    await bo.getByRole('button', { name: 'Give the floor to Ana Lind' }).click();
    await hears(bo, anaHz);
    await card(ana, 'Ana Lind').getByText('has the floor').waitFor();
    await card(ana, 'Ana Lind').getByRole('button', { name: 'Take the floor from yourself' }).click();
    await hearsNot(bo, anaHz);
    await ana.getByRole('button', { name: 'Moderate' }).click();
    await Promise.all([hears(bo, anaHz), hears(ana, boHz)]);
  });

  test('in a private talk neither side hears the other, and the others see it {web-conference}', async () => {
    await card(ana, 'lab').getByRole('button', { name: 'Choose lab for a private talk' }).click();
    await screenshot(ana, 'conference-choose-wide');
    await ana.getByRole('button', { name: 'Talk in private' }).click();
    await ana.getByText('You talk in private with lab.').waitFor();
    await bo.getByText(/(Ana Lind and lab|lab and Ana Lind) talk in private/).waitFor();
    await Promise.all([hearsNot(ana, boHz), hearsNot(bo, anaHz), hearsNot(bo, phoneHz), hears(ana, phoneHz)]);
    await Promise.all([screenshot(ana, 'conference-talk-wide'), screenshot(bo, 'conference-talk-narrow-dark')]);
    await ana.getByRole('button', { name: 'Come back to the room' }).click();
    await Promise.all([hears(ana, boHz), hears(bo, anaHz), hears(bo, phoneHz)]);
  });

  test('a message to all or to one is read by those, and counted while the chat is closed {web-conference}', async () => {
    await write(ana, 'Everybody', 'Good morning');
    await write(ana, 'Bo only', 'Lunch at one?');
    await write(ana, 'lab only', 'not for Bo');
    await bo.getByRole('button', { name: 'Chat, 2 unread' }).click();
    await bo.getByText('Lunch at one?', { exact: true }).waitFor();
    assert.equal(await bo.getByText('not for Bo').count(), 0);
    assert.deepEqual(await accessibilityFaults(bo), []);
    await screenshot(bo, 'conference-chat-narrow-dark');
    await bo.getByRole('button', { name: 'Close the chat' }).click();
  });

  test('a call out is followed from the ringing to the room, and a refusal says why {web-conference}', async () => {
    const callee = phones.start('answer', '--play', phones.tone(1270, 60));
    const address = `vera@127.0.0.1:${await callee.port}`;
    await callOut(ana, address);
    await card(ana, 'vera').waitFor();
    await hears(bo, 1270);
    await callOut(ana, address);
    await ana.getByText('Busy', { exact: true }).waitFor();
    await screenshot(ana, 'conference-full-wide');
    await ana.getByRole('button', { name: 'Put vera away' }).click();
    assert.deepEqual(await accessibilityFaults(ana), []);
    await card(ana, 'vera').getByRole('button', { name: 'Remove vera from the room' }).click();
    await ana.getByRole('button', { name: 'Remove from the room' }).click();
    assert.equal(await callee.code, 0);
    assert.equal(callee.summary().endedBy, 'peer');
    await card(bo, 'vera').waitFor({ state: 'detached' });
  });

  test('the volumes of a participant are set by its sliders {web-conference}', async () => {
    await card(ana, 'Bo').getByRole('button', { name: 'Volumes of Bo' }).click();
    await ana.getByLabel('How loud the others hear Bo').fill('-12');
    await until(async () => (await participant(server, 'Bo'))['gainDb'] === -12);
    await card(bo, 'Bo').getByRole('button', { name: 'More for yourself' }).click();
    await card(bo, 'Bo').getByRole('button', { name: 'Volumes of yourself' }).click();
    assert.equal(await bo.getByLabel('How loud the others hear you').inputValue(), '-12');
    await screenshot(bo, 'conference-volumes-narrow-dark');
  });

  test('lock and record act and are shown to the others {web-conference}', async () => {
    await ana.getByRole('button', { name: 'Lock' }).click();
    await ana.getByRole('button', { name: 'Record' }).click();
    await bo.getByText('Locked', { exact: true }).waitFor();
    await bo.getByText('Recording', { exact: true }).waitFor();
    await ana.getByRole('button', { name: 'Record' }).click();
    await ana.getByRole('button', { name: 'Lock' }).click();
    await bo.getByText('Locked', { exact: true }).waitFor({ state: 'detached' });
  });

  test('after its WebSockets were lost the page is right again, and the call went on {web-conference}', async () => {
    await bo.evaluate('callbusTest.sockets.forEach((socket) => socket.close())');
    await bo.getByText('The connection to the server is lost: what you see').waitFor();
    const { call } = await participant(server, 'lab');
    await server.rpc('webconference.mute', ['4711', pin, call]);
    await card(bo, 'lab').getByText('muted').waitFor();
    await hears(bo, anaHz);
    await server.rpc('webconference.unmute', ['4711', pin, call]);
    await card(bo, 'lab').getByText('muted').waitFor({ state: 'detached' });
  });

  test('a reload keeps the name, the PIN and the chat, and joins again {web-conference}', async () => {
    await bo.reload();
    await bo
      .getByText(/Ana Lind.*here|here.*Ana Lind/)
      .first()
      .waitFor();
    assert.equal(await bo.getByLabel('Your name').inputValue(), 'Bo');
    await bo.getByRole('button', { name: 'Join the room' }).click();
    await hears(bo, anaHz);
    await bo.keyboard.press('c');
    await bo.getByText('Lunch at one?', { exact: true }).waitFor();
    await bo.keyboard.press('Escape');
  });

  test('a wrong PIN is asked for again, and a room that is closed says so {web-conference}', async () => {
    const eve = await browser.open(`${server.http}/c/4711#1`, { size: narrow });
    await eve.getByText('There is no such room, or its PIN is another one.').waitFor();
    await screenshot(eve, 'conference-pin-narrow');
    await eve.getByLabel('PIN', { exact: true }).fill(pin);
    await eve.getByRole('button', { name: 'Enter the PIN' }).click();
    await eve.getByText(/are here/).waitFor();
    await server.rpc('webconference.roomDelete', ['4711', pin]);
    await Promise.all([ana, bo].map((page) => page.getByRole('alert').getByText('The room was closed.').waitFor()));
    await screenshot(ana, 'conference-closed-wide');
    assert.equal(await phone.code, 0);
    assert.deepEqual(consoleFaults.get(ana), []);
    const heard = shares(phone.recording, [anaHz, boHz]);
    assert.ok(
      heard.every((share) => share > 0.05),
      `the phone heard ${heard}`,
    );
  });

  test('where a token is wanted, the link with its PIN is enough for its room {web-conference} {web-sign-in}', async () => {
    const guarded = await startLiveServer({
      config: {
        rpc: { listen: { address: '127.0.0.1', port: 0, access: { open: false } } },
        modules: { webconference: { predefined_rooms: '4711:771204' } },
      },
    });
    try {
      const guest = await browser.open(`${guarded.http}/c/4711#771204`, { size: narrow });
      await guest.getByText('Nobody is here yet').waitFor();
      await join_(guest, 'Gil');
      await card(guest, 'Gil').waitFor();
      await guest.getByRole('button', { name: 'Lock', exact: true }).click();
      await guest.getByText('Locked', { exact: true }).waitFor();
      await guest.getByRole('button', { name: 'Lock', exact: true }).click();
      const other = await browser.open(`${guarded.http}/c/4711#771204`);
      await join_(other, 'Hal');
      await card(guest, 'Hal').waitFor();
      await write(other, 'Gil only', 'for Gil alone');
      await guest.getByRole('button', { name: 'Chat, 1 unread' }).click();
      await guest.getByText('for Gil alone', { exact: true }).waitFor();
      const stranger = await browser.open(`${guarded.http}/c/4711`, { size: narrow });
      await stranger.getByLabel('PIN', { exact: true }).fill('1');
      await stranger.getByRole('button', { name: 'Enter the PIN' }).click();
      await stranger.getByText('There is no such room, or its PIN is another one.').waitFor();
    } finally {
      await guarded.stop();
    }
  });
});

async function join_(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Join the room' }).click();
}

/** The card of a participant: its name begins with the participant's. */
const card = (page: Page, name: string): Locator =>
  page.getByRole('list', { name: /^Participants/ }).getByRole('group', { name: new RegExp(`^${name}\\b`) });

const speaking = (person: Locator): Promise<void> => person.getByText('speaking').waitFor();

/** On a phone's screen the buttons come on demand. */
async function openCard(page: Page, name: string): Promise<void> {
  await card(page, name)
    .getByRole('button', { name: /^More for/ })
    .click();
}

async function write(page: Page, to: string, text: string): Promise<void> {
  await page.getByLabel('To', { exact: true }).selectOption({ label: to });
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: 'Messages' }).getByText(text).waitFor();
}

async function callOut(page: Page, address: string): Promise<void> {
  await page.getByRole('button', { name: 'Call somebody' }).click();
  await page.getByLabel('Number or address').fill(address);
  await page.keyboard.press('Enter');
}

async function participant(server: LiveServer, name: string): Promise<{ readonly [member: string]: unknown }> {
  const [, , state] = (await server.rpc('webconference.state', ['4711', pin])) as [
    number,
    string,
    { participants: Record<string, unknown>[] },
  ];
  const found = state.participants.find((one) => `${one['name']} ${one['number']}`.includes(name));
  assert.ok(found, `${name} is in the room`);
  return found;
}

async function until(holds: () => Promise<boolean>, limitMs = 40_000): Promise<void> {
  const limit = AbortSignal.timeout(limitMs);
  while (!(await holds())) {
    assert.ok(!limit.aborted, 'in time');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
