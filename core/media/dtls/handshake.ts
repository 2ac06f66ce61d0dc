/**
 * One DTLS association, in the thread of the handshakes. The library (werift) builds and computes; what it
 * is fed was taken apart, put in order and checked here, since it has no bounds, verifies no signature and
 * compares no Finished. Whatever goes wrong ends this association and no other.
 */
import type { X509Certificate } from 'node:crypto';
import type { Fingerprint, SrtpParameters } from '../../sdp/types.ts';
import { alertDescriptions, alertLevels, alertName } from './alerts.ts';
import { hasFingerprint } from './fingerprints.ts';
import { type HandshakeState, messageTypes, nextState } from './handshake-order.ts';
import { type HandshakeMessage, HandshakeReader, messageHeaderBytes, writeMessage } from './handshake-reader.ts';
import {
  clientHelloFault,
  readClientHello,
  readServerHello,
  serverHelloFault,
  srtpProfiles,
  srtpSuites,
} from './hellos.ts';
import { DtlsClient, DtlsServer, HashAlgorithm, SignatureAlgorithm } from './library.ts';
import { isClientKey, isFinished, isSignedKey, isSignedTranscript, readCertificate } from './proofs.ts';
import type { DtlsEnding, DtlsThreadStart } from './protocol.ts';
import { contentTypes, type DtlsRecord, readRecords, writeRecord } from './records.ts';

export interface DtlsHandshakeOptions {
  /** Ours. */
  readonly credentials: DtlsThreadStart;
  readonly setup: 'active' | 'passive';
  readonly fingerprints: readonly Fingerprint[];
  readonly send: (packet: Uint8Array) => void;
  readonly onKeys: (keys: SrtpParameters, farewell: Uint8Array) => void;
  /** Once, and the last. */
  readonly onEnd: (ending: DtlsEnding, detail: string) => void;
}

/** Datagrams that are looked at until there are keys, and after: a handshake with losses has some thirty. */
const maxPackets = { before: 200, after: 100 };
/** Protected records that overtook the messages which they need. */
const maxEarly = 4;
/** Of the one record that we protect after Finished; far from those that the library numbered. */
const farewellSequence = 0x10000;
const version12 = 0xfefd;
/** Flights that the library repeats by itself stop at a flight with a higher number. */
const noFlight = 99;
const saltBytes = { 7: 12, 1: 14 } as const;
const keyBytes = 16;

/** What ends a handshake from our side. */
class Refusal extends Error {
  readonly ending: DtlsEnding;
  readonly alert: number;

  constructor(ending: DtlsEnding, detail: string, alert: number) {
    super(detail);
    this.ending = ending;
    this.alert = alert;
  }
}

const broken = (detail: string): Refusal => new Refusal('broken', detail, alertDescriptions.decodeError);

export class DtlsHandshake {
  readonly #options: DtlsHandshakeOptions;
  readonly #socket: DtlsClient | DtlsServer;
  readonly #reader = new HandshakeReader();
  readonly #early: DtlsRecord[] = [];
  #state: HandshakeState = 'start';
  #certificate: X509Certificate | null = null;
  /** The first ClientHello, as one record: it is answered each time. */
  #firstHello: Buffer | null = null;
  #packets = 0;
  #connected = false;
  #ended = false;

  constructor(options: DtlsHandshakeOptions) {
    this.#options = options;
    const { credentials, setup } = options;
    const settings = {
      transport: {
        type: 'callbus',
        address: { address: '', family: '', port: 0 },
        closed: false,
        onData: () => {},
        send: async (packet: Buffer) => this.#send(packet),
        close: async () => {},
      },
      cert: credentials.certificate,
      key: credentials.key,
      signatureHash: { hash: HashAlgorithm.sha256_4, signature: SignatureAlgorithm.ecdsa_3 },
      srtpProfiles: [...srtpProfiles],
      extendedMasterSecret: true,
      certificateRequest: true,
    };
    this.#socket = setup === 'active' ? new DtlsClient(settings) : new DtlsServer(settings);
    this.#socket.onConnect.subscribe(() => this.#guarded(() => this.#tellKeys()));
    this.#socket.onError.subscribe((fault) => this.#fail(broken(`the handshake failed: ${fault.message}`)));
  }

  /** The active side speaks first. */
  start(): void {
    if (!(this.#socket instanceof DtlsClient)) return;
    this.#socket.connect().catch((fault: unknown) => this.#fail(broken(`the handshake failed: ${String(fault)}`)));
  }

  receive(packet: Uint8Array): void {
    const limit = this.#connected ? maxPackets.before + maxPackets.after : maxPackets.before;
    if (this.#ended || this.#packets >= limit) return;
    this.#packets++;
    this.#guarded(() => {
      for (const record of readRecords(packet)) if (!this.#ended) this.#take(record);
    });
  }

  close(): void {
    this.#ended = true;
    this.#socket.dtls.flight = noFlight;
  }

  #take(record: DtlsRecord): void {
    const { contentType, epoch } = record;
    if (contentType === contentTypes.handshake) {
      if (epoch === 0) this.#takePlain(record);
      else if (epoch === 1) this.#takeProtected(record);
    } else if (contentType === contentTypes.alert) this.#takeAlert(record);
    // ChangeCipherSpec says nothing that the epoch does not; nothing else passes through DTLS here.
  }

  #takePlain({ fragment }: DtlsRecord): void {
    // "the server MUST be prepared to … retransmit": the library does so on its own clock, or for a Finished.
    if (this.#connected) return;
    const taken = this.#reader.take(fragment);
    if (taken === null) throw broken('the peer sent a handshake message that is not well-formed');
    for (const message of taken.messages) this.#handle(message);
    // The answer to the first ClientHello "is not retransmitted" by us (RFC 6347 3.2.1): the client asks again.
    if (this.#state === 'hello' && this.#firstHello !== null && taken.repeated.includes(messageTypes.clientHello)) {
      this.#feed(this.#firstHello);
    }
    for (const record of this.#early.splice(0)) this.#takeProtected(record);
  }

  #handle(message: HandshakeMessage): void {
    const { type, sequence } = message;
    const state = nextState(this.#options.setup, this.#state, type);
    if (state === null || state === 'done') {
      const { unexpectedMessage } = alertDescriptions;
      throw new Refusal('broken', `the peer sent message ${type} where it may not stand`, unexpectedMessage);
    }
    this.#check(message);
    this.#state = state;
    const record = { contentType: contentTypes.handshake, epoch: 0, sequence, fragment: writeMessage(message) };
    const bytes = writeRecord(record);
    if (this.#state === 'hello' && this.#options.setup === 'passive') this.#firstHello = bytes;
    this.#feed(bytes);
  }

  #check({ type, body }: HandshakeMessage): void {
    const { cipher } = this.#socket;
    switch (type) {
      case messageTypes.clientHello:
      case messageTypes.serverHello: {
        const isClient = type === messageTypes.clientHello;
        const hello = isClient ? readClientHello(body) : readServerHello(body);
        if (hello === null) throw broken('the Hello of the peer is not well-formed');
        const fault = isClient ? clientHelloFault(hello) : serverHelloFault(hello);
        if (fault !== null) throw new Refusal('refused', fault, alertDescriptions.handshakeFailure);
        return;
      }
      case messageTypes.certificate:
        this.#checkCertificate(body);
        return;
      case messageTypes.serverKeyExchange: {
        const randoms = Buffer.concat([cipher.localRandom.serialize(), cipher.remoteRandom.serialize()]);
        this.#prove(isSignedKey(body, randoms, this.#peerCertificate()), 'the signature of its key is wrong');
        return;
      }
      case messageTypes.clientKeyExchange:
        if (!isClientKey(body, cipher.namedCurve)) throw broken('the key of the peer is not one of its group');
        return;
      case messageTypes.certificateVerify: {
        const isSigned = isSignedTranscript(body, this.#transcript(), this.#peerCertificate());
        this.#prove(isSigned, 'the signature of its CertificateVerify is wrong');
        return;
      }
      default:
    }
  }

  /** Before any key is taken: "the endpoint MUST … verify that the certificate matches" (RFC 8122 6.2). */
  #checkCertificate(body: Buffer): void {
    const certificate = readCertificate(body);
    const { badCertificate } = alertDescriptions;
    if (certificate === null)
      throw new Refusal('refused', 'the peer has no certificate that can be read', badCertificate);
    if (!hasFingerprint(certificate.raw, this.#options.fingerprints)) {
      const detail = 'the certificate of the peer has another fingerprint than its description says';
      throw new Refusal('fingerprint', detail, badCertificate);
    }
    this.#certificate = certificate;
  }

  #peerCertificate(): X509Certificate {
    if (this.#certificate === null) throw broken('the peer sent no certificate');
    return this.#certificate;
  }

  #prove(holds: boolean, why: string): void {
    if (holds) return;
    const detail = `the peer does not have the key of its certificate: ${why}`;
    throw new Refusal('proof', detail, alertDescriptions.decryptError);
  }

  #takeProtected(record: DtlsRecord): void {
    if (this.#state !== 'proof' && this.#state !== 'done') {
      if (this.#early.length < maxEarly) this.#early.push({ ...record, bytes: Buffer.from(record.bytes) });
      return;
    }
    const content = this.#open(record);
    if (content === null) return; // "invalid records SHOULD be silently discarded"
    if (this.#state === 'done') {
      // Our last flight was lost: the library sends it again. Only the active side speaks last but one.
      // Nothing but the Finished of then: a ClientHello under the keys would be a renegotiation, which we do not do.
      if (this.#options.setup === 'passive' && this.#finishedBody(content, this.#reader.next - 1) !== null)
        this.#feed(record.bytes);
      return;
    }
    const body = this.#finishedBody(content, this.#reader.next);
    const side = this.#options.setup === 'passive' ? 'client' : 'server';
    if (body === null || !isFinished(body, side, this.#socket.cipher.masterSecret, this.#transcript())) {
      const detail = 'the Finished of the peer is wrong: somebody changed the handshake on its way';
      throw new Refusal('proof', detail, alertDescriptions.decryptError);
    }
    this.#state = 'done';
    this.#reader.skip();
    this.#feed(record.bytes);
  }

  #finishedBody(content: Buffer, sequence: number): Buffer | null {
    if (content.length < messageHeaderBytes) return null;
    const isFinished = content.readUInt8(0) === messageTypes.finished && content.readUInt16BE(4) === sequence;
    const isWhole = content.readUIntBE(6, 3) === 0 && content.readUIntBE(1, 3) === content.readUIntBE(9, 3);
    return isFinished && isWhole ? content.subarray(messageHeaderBytes) : null;
  }

  #takeAlert(record: DtlsRecord): void {
    // Once there are keys, only who has them may end it.
    if (record.epoch === 0 ? this.#connected : record.epoch !== 1) return;
    const content = record.epoch === 0 ? record.fragment : this.#open(record);
    if (content === null || content.length !== 2) return;
    const [level, description = 0] = content;
    if (description === alertDescriptions.closeNotify) this.#end('closed', 'the peer closed DTLS');
    else if (level === alertLevels.fatal) this.#end('refused', `the peer ended DTLS: ${alertName(description)}`);
  }

  /** What is in a protected record; null when it is not the peer's. */
  #open({ contentType, epoch, sequence, fragment }: DtlsRecord): Buffer | null {
    try {
      const { cipher, sessionType } = this.#socket.cipher;
      const header = { type: contentType, version: version12, epoch, sequenceNumber: sequence };
      return cipher.decrypt(sessionType, Buffer.from(fragment), header);
    } catch {
      return null;
    }
  }

  /** All messages so far, ours and theirs (RFC 5246 7.4.8). */
  #transcript(): Buffer {
    return Buffer.concat(this.#socket.dtls.sortedHandshakeCache.map((message) => message.serialize()));
  }

  #tellKeys(): void {
    if (this.#connected || this.#ended) return;
    const profile = this.#socket.srtp.srtpProfile;
    if (this.#state !== 'done' || profile === undefined) throw broken('the handshake ended without keys');
    this.#connected = true;
    const keys = this.#socket.extractSessionKeys(keyBytes, saltBytes[profile]);
    const master = (key: Uint8Array, salt: Uint8Array): string => Buffer.concat([key, salt]).toString('base64');
    const parameters: SrtpParameters = {
      suite: srtpSuites[profile],
      sendKey: master(keys.localKey, keys.localSalt),
      receiveKey: master(keys.remoteKey, keys.remoteSalt),
    };
    this.#options.onKeys(parameters, this.#farewell());
  }

  #farewell(): Buffer {
    const { cipher, sessionType } = this.#socket.cipher;
    const header = { type: contentTypes.alert, version: version12, epoch: 1, sequenceNumber: farewellSequence };
    const alert = Buffer.of(alertLevels.warning, alertDescriptions.closeNotify);
    const fragment = cipher.encrypt(sessionType, alert, header);
    return writeRecord({ contentType: contentTypes.alert, epoch: 1, sequence: farewellSequence, fragment });
  }

  #feed(record: Buffer): void {
    this.#socket.transport.socket.onData(record, ['', 0]);
  }

  #send(packet: Uint8Array): void {
    if (!this.#ended) this.#options.send(packet);
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (fault) {
      this.#fail(fault instanceof Refusal ? fault : broken(`the handshake failed: ${String(fault)}`));
    }
  }

  #fail({ ending, message, alert }: Refusal): void {
    if (this.#ended) return;
    const fragment = Buffer.of(alertLevels.fatal, alert);
    const sequence = ++this.#socket.dtls.recordSequenceNumber;
    // After our Finished the peer takes protected alerts only; it then finds out by the silence.
    if (!this.#connected) this.#send(writeRecord({ contentType: contentTypes.alert, epoch: 0, sequence, fragment }));
    this.#end(ending, message);
  }

  #end(ending: DtlsEnding, detail: string): void {
    if (this.#ended) return;
    this.close();
    this.#options.onEnd(ending, detail);
  }
}
