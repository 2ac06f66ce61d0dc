/** A server with the b2bua, and two ends that say and hear messages as text: no stack of ours is on their side. */
import { ParsedRequest, ParsedResponse } from '../../core/sip/index.ts';
import { type World, world } from '../support/world.ts';
import { Peer, type ReplyOptions, type RequestOptions } from '../unit/sip/lab.ts';

export const sdp = (address: string, port = 40_000, formats = '0 8', more = ''): string =>
  [
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${formats}`,
    `${more}`,
  ].join('\n');

export interface Wire {
  readonly w: World;
  readonly alice: Peer;
  readonly bob: Peer;
  /** A further end. */
  newPeer(address: string): Promise<Peer>;
  /** Alice's INVITE with SDP; bob has it when this returns. */
  invite(options?: RequestOptions): Promise<ParsedRequest>;
  /** A request of alice in her dialog, with the To tag of the newest response. */
  fromAlice(method: string, cseq: number, options?: RequestOptions): Promise<void>;
  /** A request of bob in his dialog. */
  fromBob(method: string, cseq: number, options?: RequestOptions): Promise<void>;
  /** Bob's response to his newest request of that method, or to `request`. */
  bobSays(status: number, options?: ReplyOptions, method?: string | ParsedRequest): Promise<void>;
  aliceSays(status: number, options?: ReplyOptions, method?: string | ParsedRequest): Promise<void>;
  /** Alice calls, bob answers, both have their ACK. */
  talk(): Promise<void>;
}

interface Keys {
  readonly [key: string]: unknown;
}

/** `b2bua`: keys of the module, which sends all calls to bob. */
export async function wire(b2bua: Keys = {}, config: Keys = {}): Promise<Wire> {
  const w = await world({
    phone: null,
    config: {
      modules: { b2bua: { target: '10.0.2.2:5060/udp', ...b2bua } },
      routing: [{ application: 'b2bua' }],
      ...config,
    },
  });
  const peer = async (address: string): Promise<Peer> => {
    const { seams } = w.newHost(address);
    const end = new Peer({ address, port: 5060 }, (ms) => w.advance(ms));
    end.socket = await seams.network.udp({
      address,
      port: 5060,
      onDatagram: (bytes, from) => end.take(bytes, from),
      onError: () => {},
    });
    return end;
  };
  const alice = await peer('10.0.2.1');
  const bob = await peer('10.0.2.2');
  const say = async (end: Peer, status: number, options: ReplyOptions = {}, to: string | ParsedRequest = 'INVITE') => {
    const request = typeof to === 'string' ? end.lastRequest(to) : to;
    await end.send(end.response(request, status, options));
    await w.advance(50);
  };
  const it: Wire = {
    w,
    alice,
    bob,
    newPeer: peer,
    async invite(options = {}) {
      await alice.send(alice.request('INVITE', { body: sdp('10.0.2.1'), callId: 'wire', ...options }));
      await w.advance(100);
      return bob.lastRequest('INVITE');
    },
    async fromAlice(method, cseq, options = {}) {
      const response = alice.heard.findLast((each) => each instanceof ParsedResponse && each.toTag !== '');
      await alice.send(
        alice.request(method, {
          callId: 'wire',
          cseq,
          toTag: response?.toTag ?? '',
          uri: contactIn(response),
          branch: `z9hG4bKa${method}${cseq}`,
          ...options,
        }),
      );
      await w.advance(50);
    },
    async fromBob(method, cseq, options = {}) {
      const invite = bob.heard.find((each) => each instanceof ParsedRequest && each.method === 'INVITE');
      const text = bob.request(method, {
        callId: invite?.callId ?? '',
        cseq,
        fromTag: 'callee',
        toTag: invite?.fromTag ?? '',
        uri: contactIn(invite),
        branch: `z9hG4bKb${method}${cseq}`,
        ...options,
      });
      await bob.send(text);
      await w.advance(50);
    },
    bobSays: (status, options, method) => say(bob, status, options, method),
    aliceSays: (status, options, method) => say(alice, status, options, method),
    async talk() {
      await it.invite();
      await it.bobSays(200, { body: sdp('10.0.2.2') });
      await it.fromAlice('ACK', 1);
      await w.advance(100);
    },
  };
  return it;
}

function contactIn(message: ParsedRequest | ParsedResponse | undefined): string {
  return /<([^>]*)>/.exec(message?.header('contact') ?? '')?.[1] ?? 'sip:server@10.0.0.1';
}
