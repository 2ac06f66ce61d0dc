/**
 * What modules of scripts (`mods/`) need of a script's call beyond `DsmScript`: its requests and replies, its
 * audio, its other leg. A script that runs with a call carries one (`callFaceOf`); a system script does not.
 */
import type {
  Call,
  DsmEventType,
  DsmScript,
  HeaderLine,
  ModuleContext,
  OriginateOptions,
  PlayRequest,
  Prompt,
  RoomOptions,
  RoomSeat,
  SipRequest,
  SipResponse,
} from '../../../core/index.ts';
import type { DsmConfig } from '../config.ts';

/** A request that a running event is about. */
export interface FaceRequest {
  readonly message: SipRequest;
  /** False: it was answered, or is none that can be (BYE and CANCEL are answered by the stack, ACK by nobody). */
  readonly answerable: boolean;
  respond(status: number, reason: string, headers: readonly HeaderLine[]): void;
}

/** `dlg.dialout` (reference/dsm 5.1). */
export interface DialOrder {
  readonly application: string;
  /** User part for the application. */
  readonly user: string;
  /** From and To: name-addr texts. */
  readonly from: string;
  readonly to: string;
  readonly requestUri: string;
  readonly headers?: readonly HeaderLine[];
  readonly credentials?: OriginateOptions['credentials'];
  /** Tag of the new call; must be unused. */
  readonly tag?: string;
  /** Become variables of the new call. */
  readonly variables?: { readonly [name: string]: string };
}

/** `RTP_Direct`: end to end · `RTP_Relay`: through our ports. */
export type RelayModeName = 'RTP_Direct' | 'RTP_Relay' | 'RTP_Transcoding' | 'Unknown';

export interface CallFace {
  readonly call: Call;
  /** The INVITE that came in; null on a call that we placed. `dlg.reply` answers it. */
  readonly invite: SipRequest | null;
  /** Request of the running `sipRequest`, `B2B.otherBye` or `B2B.otherRequest` event, else null. */
  readonly request: FaceRequest | null;
  /** Response of the running `sipReply` or `B2B.otherReply` event, else null. */
  readonly reply: SipResponse | null;
  readonly audio: AudioFace;
  /** Local tag of the other leg; '' without one. */
  readonly otherTag: string;
  readonly relayMode: RelayModeName;
  /** By SEMS's names: Disconnected Trying Proceeding Cancelling Early Connected Disconnecting. */
  readonly dialogStatus: string;

  /**
   * Answers the INVITE. 183 and 2xx carry our SDP; the event that this completes (`early`, `sessionStart`) is raised
   * before it resolves. @throws CodedError `call.wrongState` without an INVITE to answer, `sdp.*`, `media.*`.
   */
  answer(status: number, reason: string, headers: readonly HeaderLine[]): Promise<void>;
  /** BYE, CANCEL or 487 by state; the script goes on. @throws CodedError `call.wrongState`. */
  bye(headers: readonly HeaderLine[]): void;
  /** REFER in the dialog; false: not connected, nothing was sent. Its reply comes as `sipReply`. */
  refer(referTo: string, expires: number | null): boolean;
  /** INFO in the dialog; false: not connected, nothing was sent. */
  info(contentType: string, body: string): boolean;
  /** `B2B.connectCallee` (reference/dsm 7.1). @throws CodedError `dial.*`, `call.limit`. */
  connectCallee(party: string, uri: string, relayed: boolean): void;
  /** Answers the running B2B request towards the other leg. @throws CodedError `call.wrongState`. */
  relayReply(status: number, reason: string): void;
  /** Marks the call for its end after the running event; `bye`: says so to the peer at once. */
  stop(bye: boolean): void;
}

/** Where an entry of the playlist goes. */
export type PlayPlace = 'back' | 'front';

/** The call's playlist. What is added before media flow waits for them. */
export interface AudioFace {
  /** Input and output are the playlist. */
  readonly connected: boolean;
  /** `path` or `path|codec`. @throws DsmException `file`. */
  playFile(path: string, options?: { readonly where?: PlayPlace; readonly loop?: boolean }): Promise<void>;
  /** From the active prompt set. @throws DsmException `prompt`. */
  playPrompt(name: string, options?: { readonly where?: PlayPlace; readonly loop?: boolean }): Promise<void>;
  hasPrompt(name: string): boolean;
  playLoaded(prompt: Prompt, options?: { readonly where?: PlayPlace; readonly loop?: boolean }): void;
  play(request: PlayRequest, where?: PlayPlace): void;
  flush(): void;
  /**
   * The room becomes the playlist's last entry as soon as media flow; `onSeat` is told of the seat, or of why there
   * is none.
   */
  join(room: string, options: RoomOptions, onSeat: (seat: RoomSeat | null, fault: unknown) => void): void;
  connect(): void;
  disconnect(): void;
}

/** What every script's host offers, with or without a call. */
export interface ScriptHost {
  /** What the server lends its modules (files, requests to other servers, databases, time), and the configuration. */
  readonly context: ModuleContext<DsmConfig>;
  /** Puts an event at the end of the script's queue; `objects` are there while it is processed. */
  queueEvent(
    type: DsmEventType,
    parameters: ReadonlyMap<string, string>,
    objects?: { readonly [name: string]: unknown },
  ): void;
  /** A further name under which events reach this script; false: somebody has it. */
  registerQueue(name: string): boolean;
  /** Places a call that runs a script of its own; gives its tag. @throws CodedError. */
  dialout(order: DialOrder): string;
}

/** A script that runs with a call. */
export interface CallScript extends DsmScript {
  readonly face: CallFace;
}

/** The host of a script; null: it runs elsewhere (in a test of the engine). */
export function scriptHostOf(script: DsmScript): ScriptHost | null {
  return 'queueEvent' in script && typeof script.queueEvent === 'function' ? (script as DsmScript & ScriptHost) : null;
}

/** The call of a script; null: it runs without one, or in a host that carries no calls. */
export function callFaceOf(script: DsmScript): CallFace | null {
  return hasFace(script) ? script.face : null;
}

function hasFace(script: DsmScript): script is CallScript {
  return 'face' in script && script.face !== null && script.face !== undefined;
}
