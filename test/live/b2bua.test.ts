/** The B2BUA between a SIPp that calls and one that is called, with the media through our ports and past them. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeG711 } from '../support/g711.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { skipWithout } from '../support/peers.ts';
import { startSipp } from '../support/sipp.ts';
import { called, play, request, respond, response, type Step, sdp, wait, written } from '../support/sipp-scenario.ts';

type Mode = 'relay' | 'bypass';

interface Pair {
  readonly name: string;
  readonly caller: readonly Step[];
  readonly callee: readonly Step[];
  readonly hearsMedia?: true;
}

const early = [response(100, { optional: true }), response(180, { optional: true })];
const invite = (headers: readonly string[] = []): Step => request('INVITE', 1, { sdp: sdp(), headers });
const answer = respond(200, 'OK', { toInvite: true, sdp: sdp() });
const ring = respond(180, 'Ringing', { toInvite: true });
/** With the port of the test instead of SIPp's. */
const heard = (direction?: string): string => sdp(direction).replace('[media_port]', '[audio]');
const bye = [called('BYE'), respond(200, 'OK')];

const pairs: readonly Pair[] = [
  {
    name: 'audio, hold, resume, BYE of the caller',
    hearsMedia: true,
    caller: [
      ...[invite(), ...early, response(200), request('ACK', 1), play('tone.ul'), wait(1000)],
      ...[request('INVITE', 2, { sdp: sdp('sendonly') }), response(100, { optional: true })],
      ...[response(200, { has: ['a=recvonly'] }), request('ACK', 2), wait(200)],
      ...[request('INVITE', 3, { sdp: sdp() }), response(100, { optional: true })],
      ...[response(200, { has: ['a=sendrecv'] }), request('ACK', 3), wait(200), request('BYE', 4), response(200)],
    ],
    callee: [
      ...[called('INVITE'), ring, wait(100), respond(200, 'OK', { toInvite: true, sdp: heard() }), called('ACK')],
      ...[called('INVITE', { has: ['a=sendonly'] }), respond(200, 'OK', { sdp: heard('recvonly') }), called('ACK')],
      ...[called('INVITE', { has: ['a=sendrecv'] }), respond(200, 'OK', { sdp: heard() }), called('ACK'), ...bye],
    ],
  },
  {
    name: 'BYE of the callee',
    caller: [invite(), ...early, response(200), request('ACK', 1), ...bye],
    callee: [called('INVITE'), answer, called('ACK'), wait(300), request('BYE', 1), response(200)],
  },
  {
    name: 'CANCEL',
    caller: [
      ...[
        invite(),
        response(100, { optional: true }),
        response(180),
        wait(200),
        request('CANCEL', 1),
        response(200),
        response(487),
      ],
      request('ACK', 1, { early: true }),
    ],
    callee: [
      ...[called('INVITE'), ring, called('CANCEL'), respond(200, 'OK')],
      ...[respond(487, 'Request Terminated', { toInvite: true }), called('ACK')],
    ],
  },
  {
    name: 'busy',
    caller: [invite(), ...early, response(486), request('ACK', 1, { early: true })],
    callee: [called('INVITE'), respond(486, 'Busy Here', { toInvite: true }), called('ACK')],
  },
  {
    name: 'no answer',
    caller: [invite(), ...early, response(408), request('ACK', 1, { early: true })],
    callee: [
      ...[called('INVITE'), ring, called('CANCEL'), respond(200, 'OK')],
      ...[respond(487, 'Request Terminated', { toInvite: true }), called('ACK')],
    ],
  },
  {
    name: 'reliable early media',
    caller: [
      ...[invite(['Supported: 100rel']), response(100, { optional: true })],
      response(183, { has: ['Require: 100rel'], keep: { rseq: ['RSeq', '[0-9]+'] } }),
      ...[request('PRACK', 2, { early: true, headers: ['RAck: [$rseq] 1 INVITE'] }), response(200)],
      ...[response(200), request('ACK', 1), wait(200), request('BYE', 3), response(200)],
    ],
    callee: [
      called('INVITE', { has: ['100rel'] }),
      respond(183, 'Session Progress', { toInvite: true, sdp: sdp(), headers: ['Require: 100rel', 'RSeq: 4711'] }),
      ...[called('PRACK', { has: ['RAck: 4711 '] }), respond(200, 'OK'), wait(300)],
      ...[respond(200, 'OK', { toInvite: true }), called('ACK'), ...bye],
    ],
  },
  {
    name: 'late offer',
    caller: [
      ...[request('INVITE', 1), ...early, response(200, { has: ['m=audio'] })],
      ...[request('ACK', 1, { sdp: sdp() }), wait(300), request('BYE', 2), response(200)],
    ],
    callee: [called('INVITE'), answer, called('ACK', { has: ['m=audio'] }), ...bye],
  },
];

/** RTP of a port of loopback: how many packets came, and from which ports. */
async function listen() {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const from = new Set<number>();
  let packets = 0;
  socket.on('message', (_bytes, { port }) => {
    packets++;
    from.add(port);
  });
  return { port: socket.address().port, from, packets: () => packets, close: () => socket.close() };
}

async function connects(server: LiveServer, mode: Mode, { name, caller, callee, hearsMedia }: Pair): Promise<void> {
  const file = name.replaceAll(/\W+/g, '-');
  const media = await listen();
  try {
    const uas = await startSipp({
      scenario: await written(server.folder, file, 'callee', callee),
      args: ['-key', 'audio', String(media.port)],
    });
    await pause(200);
    const uac = await startSipp({
      scenario: await written(server.folder, file, 'caller', caller, '[callee]'),
      args: ['-s', 'bob', '-key', 'callee', `127.0.0.1:${uas.port}`, `127.0.0.1:${server.sipPort}`],
    });
    assert.equal(await uac.ended, null, 'the caller');
    assert.equal(await uas.ended, null, 'the callee');
    if (hearsMedia !== true) return;
    assert.ok(media.packets() > 20, `${media.packets()} packets came`);
    assert.equal(media.from.has(uac.mediaPort), mode === 'bypass', [...media.from].join(' '));
  } finally {
    media.close();
  }
}

for (const mode of ['relay', 'bypass'] as const) {
  test(`between two SIPp, media ${mode} {b2bua} {media-relay} {interop-sipp}`, {
    skip: skipWithout('sipp'),
    timeout: 800_000,
    concurrency: 4,
  }, async (context) => {
    const server = await startLiveServer({
      config: {
        routing: [{ application: 'b2bua' }],
        modules: { b2bua: { media: mode, ringTimeoutMs: 3000 } },
      },
    });
    try {
      const tone = Int16Array.from({ length: 8000 }, (_, i) => 8000 * Math.sin((2 * Math.PI * 500 * i) / 8000));
      await writeFile(join(server.folder, 'tone.ul'), encodeG711('PCMU', tone));
      await Promise.all(pairs.map((pair) => context.test(pair.name, () => connects(server, mode, pair))));
      for (let n = 0; n < 600 && (await server.rpc('calls')) !== 0; n++) await pause(100);
      assert.equal(await server.rpc('calls'), 0);
      const metrics = await (await fetch(`${server.http}/metrics`)).text();
      for (const gauge of ['callbus_media_relay_lines', 'callbus_sip_dialogs'])
        assert.match(metrics, new RegExp(`^${gauge} 0$`, 'm'));
    } finally {
      await server.stop();
    }
  });
}
