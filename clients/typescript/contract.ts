/** The methods and events of the server. Generated from its OpenRPC document: do not edit. Length: all of them. */
// biome-ignore-all format: generated
import type { JsonObject, JsonValue } from './json-rpc.ts';

export interface Methods {
  /** Calls now; both legs of a bridge count. */
  readonly "builtin.calls": (...args: []) => number;
  /** Calls since the start. */
  readonly "builtin.get_sessioncount": (...args: []) => number;
  /** Average number of calls since the last query, rounded up; resets. */
  readonly "builtin.get_callsavg": (...args: []) => number;
  /** Largest number of calls since the last query; resets to the number now. */
  readonly "builtin.get_callsmax": (...args: []) => number;
  /** New calls a second over the last 5 s, fraction cut off. */
  readonly "builtin.get_cpsavg": (...args: []) => number;
  /** Largest value of that figure since the last query; resets to 0. */
  readonly "builtin.get_cpsmax": (...args: []) => number;
  /** Limits of new calls a second: "<hard> <current>"; 0: none. */
  readonly "builtin.get_cpslimit": (...args: []) => string;
  /** Sets both limits of new calls a second; 0: none. */
  readonly "builtin.set_cpslimit": (...args: [limit?: number]) => string;
  /** 0 error, 1 warning, 2 info, 3 debug. */
  readonly "builtin.get_loglevel": (...args: []) => number;
  /** Sets the log level: 0 error, 1 warning, 2 info, 3 debug. */
  readonly "builtin.set_loglevel": (...args: [level?: number]) => string;
  /** 1 while new calls are refused, else 0. */
  readonly "builtin.get_shutdownmode": (...args: []) => number;
  /** Refuses new calls and OPTIONS while set. */
  readonly "builtin.set_shutdownmode": (...args: [on?: boolean | number]) => string;
  /** How much the server has to do: calls, processor, memory, the event loop, the media workers. */
  readonly "server.load": (...args: []) => { readonly "version": string; readonly "uptimeSeconds": number; readonly "calls": number; readonly "callsTotal": number; readonly "callsPerSecond": number; readonly "refusesCalls": boolean; readonly "cpuSeconds": number; readonly "memoryBytes": number; readonly "loop": { readonly "lagMs": number; readonly "busyFraction": number; readonly "overloaded": boolean; readonly "shed": number }; readonly "workers": readonly ({ readonly "alive": boolean; readonly "streams": number; readonly "rooms": number; readonly "relayLines": number; readonly "busyFraction": number; readonly "maxLatenessMs": number })[] };
  /** What the server is made of: the modules that it loaded, and the parts that are always there. */
  readonly "server.modules": (...args: []) => readonly ({ readonly "name": string; readonly "summary": string; readonly "functions": number; readonly "application": boolean })[];
  /** The live calls, oldest first; only those that fit the filter. */
  readonly "call.list": (...args: [filter?: { readonly "application"?: string; readonly "account"?: string; readonly "direction"?: "in" | "out"; readonly "state"?: "new" | "early" | "connected" | "ending" | "ended" }, limit?: number]) => readonly ({ readonly "call": string; readonly "trace": string; readonly "direction": "in" | "out"; readonly "state": "new" | "early" | "connected" | "ending" | "ended"; readonly "application": string; readonly "from": string; readonly "to": string; readonly "ruri": string; readonly "sipCallId": string; readonly "peer": string; readonly "codec": string; readonly "startedAtMs": number; readonly "answeredAtMs"?: number; readonly "other"?: string; readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue })[];
  /** One live call. */
  readonly "call.get": (...args: [call: string]) => { readonly "call": string; readonly "trace": string; readonly "direction": "in" | "out"; readonly "state": "new" | "early" | "connected" | "ending" | "ended"; readonly "application": string; readonly "from": string; readonly "to": string; readonly "ruri": string; readonly "sipCallId": string; readonly "peer": string; readonly "codec": string; readonly "startedAtMs": number; readonly "answeredAtMs"?: number; readonly "other"?: string; readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue };
  /** How a call sounds, or sounded: the figures of its call.quality events, oldest first. */
  readonly "call.quality": (...args: [call: string]) => readonly ({ readonly "atMs": number; readonly "mos": number | null; readonly "remoteMos": number | null; readonly "lossFraction": number | null; readonly "jitterMs": number | null; readonly "roundTripMs": number | null; readonly "rxLevelDb": number | null; readonly "txLevelDb": number | null })[];
  /** End a call: BYE, CANCEL or a refusal. 404: no such call; 409: it is ending already, or there are several. */
  readonly "call.end": (...args: [call: string, reason?: string, status?: number]) => readonly (number | string)[];
  /** Say who pays for a call and what its events give back; what is left out stays. */
  readonly "call.label": (...args: [call: string, labels: { readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue }]) => { readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue };
  /** Put the other side on hold. */
  readonly "call.hold": (...args: [call: string, direction?: "sendonly" | "inactive"]) => readonly (number | string)[];
  /** Take the other side off hold. */
  readonly "call.resume": (...args: [call: string]) => readonly (number | string)[];
  /** Ask the other side to call somebody else (REFER); the call ends when that one answered. */
  readonly "call.transfer": (...args: [call: string, uri: string, until?: "accepted" | "completed"]) => readonly (number | string)[];
  /** Play a prompt to a call, before whatever plays; what it heard goes on afterwards. Gives its number. */
  readonly "call.play": (...args: [call: string, prompt: string]) => number;
  /** Press keys towards the other side. */
  readonly "call.sendKeys": (...args: [call: string, keys: string, method?: "auto" | "rtp" | "inband" | "info"]) => readonly (number | string)[];
  /** Sends a MESSAGE and waits for its answer. */
  readonly "message.send": (...args: [to: string, from: string, text: string, contentType?: string]) => { readonly "status": number; readonly "reason": string };
  /** Sends a MESSAGE to the peer of a call and waits for its answer. */
  readonly "message.send_in_call": (...args: [call: string, text: string, contentType?: string]) => { readonly "status": number; readonly "reason": string };
  /** The rules in the order in which they are asked. */
  readonly "routing.list": (...args: []) => readonly ({ readonly "id": string; readonly "origin": "configuration" | "added"; readonly "place"?: "before" | "after"; readonly "match"?: string; readonly "application": string; readonly "account"?: string; readonly "tariff"?: string })[];
  /** Which application would serve a call, by which rule, and why not by the others. */
  readonly "routing.test": (...args: [uri: string, headers?: JsonObject, source?: string]) => { readonly "status": number; readonly "reason": string; readonly "application"?: string; readonly "rule"?: string; readonly "labels"?: { readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue }; readonly "ignored": readonly string[]; readonly "rules": readonly ({ readonly "rule": string; readonly "outcome": "chosen" | "notReached" | "noMatch" | "noApplication" | "notLoaded"; readonly "why": string })[] };
  /** Add a rule, or replace an added one; counts for the next call and after restarts. */
  readonly "routing.add": (...args: [rule: { readonly "match"?: string; readonly "application": string; readonly "account"?: string; readonly "tariff"?: string }, place?: "before" | "after", id?: string]) => { readonly "id": string; readonly "origin": "configuration" | "added"; readonly "place"?: "before" | "after"; readonly "match"?: string; readonly "application": string; readonly "account"?: string; readonly "tariff"?: string };
  /** Take away an added rule. Calls that run go on. */
  readonly "routing.remove": (...args: [id: string]) => string;
  /** Read routing and calls.mapping of the configuration file again; gives the rules. */
  readonly "routing.reload": (...args: []) => readonly ({ readonly "id": string; readonly "origin": "configuration" | "added"; readonly "place"?: "before" | "after"; readonly "match"?: string; readonly "application": string; readonly "account"?: string; readonly "tariff"?: string })[];
  /** The gateways: those of dial.gateways first, then the added ones. */
  readonly "gateway.list": (...args: []) => readonly ({ readonly "name": string; readonly "address": string; readonly "origin": "configuration" | "added"; readonly "active": boolean })[];
  /** Let calls go to a host from now on and after restarts; dial.deny still wins. */
  readonly "gateway.add": (...args: [name: string, address: string]) => { readonly "name": string; readonly "address": string; readonly "origin": "configuration" | "added"; readonly "active": boolean };
  /** Take away an added gateway. Calls that run there go on. */
  readonly "gateway.remove": (...args: [name: string]) => string;
  /** The SIP messages of a call, oldest first: time, direction, transport, local, remote, text. Secrets are stars. */
  readonly "trace.call": (...args: [call: string]) => readonly JsonObject[];
  /** The SIP messages of a call as a ladder of text. */
  readonly "trace.ladder": (...args: [call: string]) => string;
  /** The SIP messages of a call as a pcap file; what went by TCP or TLS is shown as UDP. Secrets are stars. */
  readonly "trace.pcap": (...args: [call: string]) => string;
  /** Writes all further SIP messages to a pcap file in the folder traces of storage.path; returns its path. */
  readonly "trace.start": (...args: [file: string, filter?: string, megabytes?: number]) => string;
  /** Ends a pcap file: path, messages, bytes, and how many messages were left out. */
  readonly "trace.stop": (...args: [file: string]) => JsonObject;
  /** How many pcap files are being written. */
  readonly "trace.files": (...args: []) => number;
  /** The levels of the log: in general, of components, of calls. */
  readonly "log.levels": (...args: []) => { readonly "level": string; readonly "components": { readonly [member: string]: string }; readonly "calls": { readonly [member: string]: string }; readonly "known": readonly string[] };
  /** Sets the level of a component, or with * the general one; gives the levels as they are then. */
  readonly "log.setLevel": (...args: [component: string, level: "error" | "warn" | "info" | "debug" | "default"]) => { readonly "level": string; readonly "components": { readonly [member: string]: string }; readonly "calls": { readonly [member: string]: string }; readonly "known": readonly string[] };
  /** Sets the level of one live call, until it ends; gives the levels as they are then. */
  readonly "log.setCallLevel": (...args: [call: string, level: "error" | "warn" | "info" | "debug" | "default"]) => { readonly "level": string; readonly "components": { readonly [member: string]: string }; readonly "calls": { readonly [member: string]: string }; readonly "known": readonly string[] };
  /** The story of a call, a line for each decision, oldest first: at, afterMs, level, text, fields. */
  readonly "log.story": (...args: [call: string]) => readonly JsonObject[];
  /** The audit log, the newest first: what changed state, what was refused, logins that failed. */
  readonly "audit.list": (...args: [limit?: number, filter?: { readonly "before"?: number; readonly "caller"?: string; readonly "what"?: string; readonly "failed"?: boolean }]) => readonly ({ readonly "id": number; readonly "at": string; readonly "caller": string; readonly "face": string; readonly "what": string; readonly "outcome": string; readonly "trace": string; readonly "credential": string; readonly "source": string; readonly "arguments": string })[];
  /** Who did what to a call, the newest first: what the audit log has with one of its names. */
  readonly "audit.ofCall": (...args: [names: readonly string[], limit?: number]) => readonly ({ readonly "id": number; readonly "at": string; readonly "caller": string; readonly "face": string; readonly "what": string; readonly "outcome": string; readonly "trace": string })[];
  /** All access tokens, expired ones too: what each may do, and when it was used. Never its text. */
  readonly "tokens.list": (...args: []) => readonly ({ readonly "name": string; readonly "scopes": readonly string[]; readonly "limits": { readonly [member: string]: readonly string[] }; readonly "only": { readonly [member: string]: readonly string[] }; readonly "createdAtMs": number; readonly "expiresAtMs": number | null; readonly "lastUsedAtMs": number | null; readonly "oldUntilMs": number | null })[];
  /** Make an access token; it is shown this once. */
  readonly "tokens.create": (...args: [name: string, rights: { readonly "scopes": readonly string[]; readonly "limits"?: { readonly [member: string]: readonly string[] }; readonly "only"?: { readonly [member: string]: readonly string[] }; readonly "expiresInDays"?: number | null }]) => { readonly "token": string; readonly "info": { readonly "name": string; readonly "scopes": readonly string[]; readonly "limits": { readonly [member: string]: readonly string[] }; readonly "only": { readonly [member: string]: readonly string[] }; readonly "createdAtMs": number; readonly "expiresAtMs": number | null; readonly "lastUsedAtMs": number | null; readonly "oldUntilMs": number | null } };
  /** Give a token a new text with the same rights; the present one goes on for a while. */
  readonly "tokens.rotate": (...args: [name: string, options?: { readonly "graceMinutes"?: number; readonly "expiresInDays"?: number | null }]) => { readonly "token": string; readonly "info": { readonly "name": string; readonly "scopes": readonly string[]; readonly "limits": { readonly [member: string]: readonly string[] }; readonly "only": { readonly [member: string]: readonly string[] }; readonly "createdAtMs": number; readonly "expiresAtMs": number | null; readonly "lastUsedAtMs": number | null; readonly "oldUntilMs": number | null } };
  /** End a token now: its connections and its webhooks too. False: there is none of that name. */
  readonly "tokens.revoke": (...args: [name: string]) => boolean;
  /** Opens a connection to another server and sends it one request. */
  readonly "jsonrpc.execRpc": (...args: [replySink: string, notificationReceiver: string, requestReceiver: string, flags: number, host: string, port: number, method: string, params?: JsonValue, userData?: JsonValue]) => readonly JsonValue[];
  /** Sends a request, a notification or a reply on a connection that execRpc opened. */
  readonly "jsonrpc.sendMessage": (...args: [connection: string, type: number, method: string, id: string, replySink: string, params?: JsonValue, userData?: JsonValue]) => readonly JsonValue[];
  /** Port of the netstring listener; [0]: it is off. */
  readonly "jsonrpc.getServerPort": (...args: []) => readonly [number];
  /** Runs a request of this server as if it had come over the network, with the rights of the caller. */
  readonly "jsonrpc.execServerFunction": (...args: [method: string, id: string, params: JsonValue]) => JsonObject;
  /** Connections that this server opened. */
  readonly "jsonrpc.listConnections": (...args: []) => readonly ({ readonly "connection": string; readonly "remote": string; readonly "caller": string; readonly "pending": number; readonly "notificationReceiver": string; readonly "requestReceiver": string })[];
  /** Closes a connection that this server opened; one of a configured peer is opened again. */
  readonly "jsonrpc.closeConnection": (...args: [connection: string]) => null;
  /** The rooms that somebody is in: of conference, webconference and scripts. */
  readonly "conference.rooms": (...args: []) => readonly ({ readonly "room": string; readonly "participants": number; readonly "locked": boolean; readonly "automaticGain": boolean; readonly "noiseGate": boolean; readonly "gateDb": number; readonly "speakingEvents": boolean; readonly "playing": number; readonly "recordings": number })[];
  /** Change what a room does to all in it; what is left out stays. Holds until the room is empty. */
  readonly "conference.setRoom": (...args: [room: string, settings: { readonly "automaticGain"?: boolean; readonly "noiseGate"?: boolean; readonly "gateDb"?: number; readonly "speakingEvents"?: boolean }]) => { readonly "automaticGain": boolean; readonly "noiseGate": boolean; readonly "gateDb": number; readonly "speakingEvents": boolean };
  /** Let nobody else in: callers get 403 until the room is unlocked or empty. Placed calls come in. */
  readonly "conference.lock": (...args: [room: string, locked?: boolean]) => boolean;
  /** Who is in a room, what each is to the others, and how each sounds. */
  readonly "conference.members": (...args: [room: string]) => readonly ({ readonly "call": string; readonly "who": string; readonly "listenOnly": boolean; readonly "muted": boolean; readonly "deaf": boolean; readonly "gainInDb": number; readonly "gainOutDb": number; readonly "automaticGain": boolean | null; readonly "noiseGate": boolean | null; readonly "group": string; readonly "hears": readonly string[] | null; readonly "heardBy": readonly string[] | null; readonly "speaking": boolean; readonly "levelDb": number; readonly "codec": string; readonly "mos": number | null })[];
  /** Change what a participant is to the others; what is left out stays. */
  readonly "conference.setMember": (...args: [room: string, member: string, settings: { readonly "muted"?: boolean; readonly "deaf"?: boolean; readonly "gainInDb"?: number; readonly "gainOutDb"?: number; readonly "automaticGain"?: boolean | null; readonly "noiseGate"?: boolean | null; readonly "group"?: string; readonly "hears"?: readonly string[] | null; readonly "heardBy"?: readonly string[] | null }]) => { readonly "muted": boolean; readonly "deaf": boolean; readonly "gainInDb": number; readonly "gainOutDb": number; readonly "automaticGain": boolean | null; readonly "noiseGate": boolean | null; readonly "group": string; readonly "hears": readonly string[] | null; readonly "heardBy": readonly string[] | null };
  /** End the call of a participant. */
  readonly "conference.kick": (...args: [room: string, member: string]) => boolean;
  /** Play a prompt to all in a room, after what plays already. Gives its number. */
  readonly "conference.play": (...args: [room: string, prompt: string, loop?: boolean]) => number;
  /** End what plays to a room and what waits. Gives how many prompts that were. */
  readonly "conference.stopPlaying": (...args: [room: string]) => number;
  /** Record a room with what is played to it, one participant, or each in a file of its own. */
  readonly "conference.record": (...args: [room: string, options?: { readonly "file"?: string; readonly "member"?: string; readonly "eachMember"?: boolean; readonly "side"?: "received" | "sent" | "both"; readonly "stereo"?: boolean; readonly "beep"?: boolean; readonly "limitMs"?: number; readonly "limitBytes"?: number; readonly "silenceStopMs"?: number }]) => { readonly "recording": number; readonly "room": string; readonly "paused": boolean; readonly "files": readonly ({ readonly "file": string; readonly "member": string; readonly "lengthMs": number })[] };
  /** Leave out of a recording what comes until resumeRecording. */
  readonly "conference.pauseRecording": (...args: [room: string, recording: number]) => { readonly "recording": number; readonly "room": string; readonly "paused": boolean; readonly "files": readonly ({ readonly "file": string; readonly "member": string; readonly "lengthMs": number })[] };
  /** Go on with a paused recording. */
  readonly "conference.resumeRecording": (...args: [room: string, recording: number]) => { readonly "recording": number; readonly "room": string; readonly "paused": boolean; readonly "files": readonly ({ readonly "file": string; readonly "member": string; readonly "lengthMs": number })[] };
  /** End a recording; returns when its files are complete. */
  readonly "conference.stopRecording": (...args: [room: string, recording: number]) => { readonly "recording": number; readonly "room": string; readonly "paused": boolean; readonly "files": readonly ({ readonly "file": string; readonly "member": string; readonly "lengthMs": number })[] };
  /** The recordings that run, of one room or of all. */
  readonly "conference.recordings": (...args: [room?: string]) => readonly ({ readonly "recording": number; readonly "room": string; readonly "paused": boolean; readonly "files": readonly ({ readonly "file": string; readonly "member": string; readonly "lengthMs": number })[] })[];
  /** Open a room; it gets an admin PIN of six random digits. */
  readonly "webconference.roomCreate": (...args: [room: string, timeout?: number]) => readonly [number, string, string, string];
  /** Kick everybody and remove the room. */
  readonly "webconference.roomDelete": (...args: [room: string, adminPin: string]) => readonly [number, string, string];
  /** The participants of a room. */
  readonly "webconference.roomInfo": (...args: [room: string, adminPin: string]) => readonly [number, string, readonly (readonly [string, string, number, string, number, string])[], string];
  /** Change a room's admin PIN. */
  readonly "webconference.changeRoomAdminpin": (...args: [room: string, adminPin: string, newAdminPin: string]) => readonly [number, string, string];
  /** The admin PIN of a room, for who knows the master password. */
  readonly "webconference.getRoomPassword": (...args: [masterPassword: string, room: string]) => readonly [number, string, string];
  /** The names of all rooms, for who knows the master password. */
  readonly "webconference.listRooms": (...args: [masterPassword: string]) => readonly [number, readonly string[], string];
  /** The rooms in which somebody of that participant id is listed. */
  readonly "webconference.findParticipant": (...args: [participantId: string]) => readonly [readonly string[], string];
  /** The server line: version, active calls, total, connected, minutes. */
  readonly "webconference.serverInfo": (...args: []) => readonly [string, string];
  /** Invite a participant: an entry in the list that the call with that participant id will take. */
  readonly "webconference.addParticipant": (...args: [room: string, participantId: string, number: string]) => readonly [number, string, string];
  /** Call somebody into a room. Returns before the call is answered; see roomInfo for its status. */
  readonly "webconference.dialout": (...args: [room: string, adminPin: string, callee: string, fromUser: string, domain: string, authUser: string, authPassword: string, headers?: string, calleeDomain?: string, participantId?: string]) => readonly [number, string, string, string];
  /** Stop mixing what a participant says; it still hears the room. */
  readonly "webconference.mute": (...args: [room: string, adminPin: string, call: string]) => readonly [number, string, string];
  /** Mix in what a participant says again. */
  readonly "webconference.unmute": (...args: [room: string, adminPin: string, call: string]) => readonly [number, string, string];
  /** End the call of a participant. */
  readonly "webconference.kickout": (...args: [room: string, adminPin: string, call: string]) => readonly [number, string, string];
  /** Note an opinion about a room in the feedback file. */
  readonly "webconference.vqRoomFeedback": (...args: [room: string, adminPin: string, opinion: number]) => readonly [number, string, string];
  /** Note an opinion about a call in the feedback file. */
  readonly "webconference.vqCallFeedback": (...args: [room: string, adminPin: string, call: string, opinion: number]) => readonly [number, string, string];
  /** Note an opinion and a comment about a conference in the feedback file. */
  readonly "webconference.vqConferenceFeedback": (...args: [room: string, adminPin: string, sender: string, comment: string, opinion: number]) => readonly [number, string, string];
  /** Go on in another, emptied feedback file. */
  readonly "webconference.resetFeedback": (...args: [file: string]) => readonly [number, string, string];
  /** Wait until all feedback is in the file. */
  readonly "webconference.flushFeedback": (...args: []) => readonly [string];
  /** The functions of this module. */
  readonly "webconference.help": (...args: []) => readonly [string, string];
  /** All of a room: its switches, and each participant with hand, floor, talk, volumes. */
  readonly "webconference.state": (...args: [room: string, adminPin: string]) => readonly [number, string, { readonly "room": string; readonly "locked": boolean; readonly "moderated": boolean; readonly "recording": boolean; readonly "participants": readonly ({ readonly "call": string; readonly "number": string; readonly "name": string; readonly "status": number; readonly "reason": string; readonly "muted": boolean; readonly "gainDb": number; readonly "volumeDb": number; readonly "hand": number; readonly "floor": boolean; readonly "talk": string; readonly "participantId": string; readonly "speaking": boolean })[] }, string];
  /** Say how the others see a participant. */
  readonly "webconference.rename": (...args: [room: string, adminPin: string, call: string, name: string]) => readonly [number, string, string];
  /** How loud a participant is heard, and how loud it hears the room. */
  readonly "webconference.setVolume": (...args: [room: string, adminPin: string, call: string, gainDb: number, volumeDb: number]) => readonly [number, string, string];
  /** Let nobody else in, until it is unlocked or empty; who is called by dialout comes in. */
  readonly "webconference.setLocked": (...args: [room: string, adminPin: string, on: boolean]) => readonly [number, string, string];
  /** Record the room, without private talks, into a file of the module conference. Gives its name. */
  readonly "webconference.startRecording": (...args: [room: string, adminPin: string]) => readonly [number, string, string, string];
  /** End the recording of startRecording; returns when its file is complete. */
  readonly "webconference.stopRecording": (...args: [room: string, adminPin: string]) => readonly [number, string, string, string];
  /** Queue a participant for the floor, behind those who wait. */
  readonly "webconference.raiseHand": (...args: [room: string, adminPin: string, call: string]) => readonly [number, string, string];
  /** Take a participant out of the queue. */
  readonly "webconference.lowerHand": (...args: [room: string, adminPin: string, call: string]) => readonly [number, string, string];
  /** Give a participant the floor, whether it waited or not; several may have it. */
  readonly "webconference.grantFloor": (...args: [room: string, adminPin: string, call: string]) => readonly [number, string, string];
  /** Take the floor back: in a moderated room the participant is silent again. */
  readonly "webconference.revokeFloor": (...args: [room: string, adminPin: string, call: string]) => readonly [number, string, string];
  /** Only who has the floor is heard, also of those who come later; off: all are, and nobody has the floor. */
  readonly "webconference.setModerated": (...args: [room: string, adminPin: string, on: boolean]) => readonly [number, string, string];
  /** Take two participants or more out of the mix: they hear each other only. Gives the id of their talk. */
  readonly "webconference.startTalk": (...args: [room: string, adminPin: string, calls: readonly string[]]) => readonly [number, string, string, string];
  /** Bring those of a private talk back into the mix. */
  readonly "webconference.endTalk": (...args: [room: string, adminPin: string, talk: string]) => readonly [number, string, string];
  /** Say something in writing, to all or to one: an event, and a MESSAGE to phones that take it. */
  readonly "webconference.chat": (...args: [room: string, adminPin: string, from: string, to: string, text: string]) => readonly [number, string, string];
  /** Set attributes of a record. */
  readonly "monitoring.log": (...args: [id: string, ...pairs: readonly JsonValue[]]) => readonly [number, string];
  /** Append a value to an attribute, which becomes a list. */
  readonly "monitoring.logAdd": (...args: [id: string, attribute: string, value: JsonValue]) => readonly [number, string];
  /** Add one to an integer attribute. */
  readonly "monitoring.inc": (...args: [id: string, attribute: string]) => readonly [number, string];
  /** Take one from an integer attribute. */
  readonly "monitoring.dec": (...args: [id: string, attribute: string]) => readonly [number, string];
  /** Add an amount to an integer attribute. */
  readonly "monitoring.addCount": (...args: [id: string, attribute: string, amount: number]) => readonly [number, string];
  /** Mark a record finished now, unless it is already. */
  readonly "monitoring.markFinished": (...args: [id: string]) => readonly [number, string];
  /** Set when a record is finished. */
  readonly "monitoring.setExpiration": (...args: [id: string, time: number]) => readonly [number, string];
  /** Erase one record and its samples. */
  readonly "monitoring.erase": (...args: [id: string]) => readonly [number, string];
  /** Erase everything. */
  readonly "monitoring.clear": (...args: []) => readonly [number, string];
  /** Erase the finished records and their samples. */
  readonly "monitoring.clearFinished": (...args: []) => readonly [number, string];
  /** All attributes of one record. */
  readonly "monitoring.get": (...args: [id: string]) => readonly (JsonObject | null)[];
  /** One attribute of one record. */
  readonly "monitoring.getSingle": (...args: [id: string, attribute: string]) => readonly JsonValue[];
  /** One attribute of all records. */
  readonly "monitoring.getAttribute": (...args: [attribute: string]) => readonly (readonly JsonValue[])[];
  /** One attribute of all active records. */
  readonly "monitoring.getAttributeActive": (...args: [attribute: string]) => readonly (readonly JsonValue[])[];
  /** One attribute of all finished records. */
  readonly "monitoring.getAttributeFinished": (...args: [attribute: string]) => readonly (readonly JsonValue[])[];
  /** Ids of all records. */
  readonly "monitoring.list": (...args: []) => readonly string[];
  /** Ids of the active records: calls that live. */
  readonly "monitoring.listActive": (...args: []) => readonly string[];
  /** Ids of the finished records. */
  readonly "monitoring.listFinished": (...args: []) => readonly string[];
  /** Ids of the records that fulfil all conditions. */
  readonly "monitoring.listByFilter": (...args: [...conditions: readonly (readonly JsonValue[])[]]) => readonly string[];
  /** Ids of the records whose attribute, a text, matches a POSIX basic regular expression. */
  readonly "monitoring.listByRegex": (...args: [attribute: string, regex: string]) => readonly string[];
  /** Erase the records that fulfil all conditions; their samples stay. */
  readonly "monitoring.eraseByFilter": (...args: [...conditions: readonly (readonly JsonValue[])[]]) => readonly string[];
  /** Add a sample to a counter over time. */
  readonly "monitoring.addSample": (...args: [id: string, key: string, count?: JsonValue, time?: JsonValue]) => readonly [number, string];
  /** Sum of the samples of a counter in a window of time. */
  readonly "monitoring.getCount": (...args: [id: string, key: string, seconds?: JsonValue, from?: JsonValue, to?: JsonValue]) => readonly number[];
  /** Sums of all counters over time of one id. */
  readonly "monitoring.getAllCounts": (...args: [id: string, seconds?: JsonValue, from?: JsonValue, to?: JsonValue]) => { readonly [member: string]: number };
  /** Call somebody and connect the call to an application. */
  readonly "di_dial.dial": (...args: [application: string, user: string, from: string, to: string, params?: JsonValue, labels?: { readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue }]) => readonly string[];
  /** As dial, with credentials for the digest challenge of the other side. */
  readonly "di_dial.dial_auth": (...args: [application: string, user: string, from: string, to: string, realm: string, authUser: string, authPassword: string, params?: JsonValue, labels?: { readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue }]) => readonly string[];
  /** Call one party for an application that then connects it with another. */
  readonly "di_dial.dial_auth_b2b": (...args: [application: string, announcement: string, from: string, to: string, callerUri: string, calleeUri: string, realm: string, authUser: string, authPassword: string, labels?: { readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue }]) => readonly string[];
  /** As dial_auth, with an account of the configuration that is chosen by its dial-out PIN. */
  readonly "di_dial.dial_pin": (...args: [application: string, pin: string, user: string, toUser: string, labels?: { readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue }]) => readonly string[];
  /** How to call these functions. */
  readonly "di_dial.help": (...args: []) => readonly string[];
  /** The calls that are connected now or being connected. */
  readonly "b2bua.list": (...args: []) => readonly ({ readonly "a": string; readonly "b": string; readonly "from": string; readonly "to": string; readonly "ruri": string; readonly "target": string; readonly "state": string; readonly "trace": string })[];
  /** End a call: both legs. */
  readonly "b2bua.end": (...args: [tag: string]) => readonly (number | string)[];
  /** The last messages of the log, oldest first, a line each. */
  readonly "di_log.dumplog": (...args: []) => readonly [string];
  /** Writes the same to a file of the configured folder. */
  readonly "di_log.dumplogtodisk": (...args: [path: string]) => readonly [string];
  /** How to call these functions. */
  readonly "di_log.help": (...args: []) => readonly [string];
  /** Detail records in the order in which they were written. */
  readonly "billing.records": (...args: [account?: string, fromMs?: number, toMs?: number, count?: number, cursor?: number]) => { readonly "records": readonly ({ readonly "id": string; readonly "call": string; readonly "trace": string; readonly "sipCallId": string; readonly "direction": string; readonly "application": string; readonly "from": string; readonly "to": string; readonly "ruri": string; readonly "number": string; readonly "account": string | null; readonly "tariff": string | null; readonly "data": JsonValue; readonly "startedAtMs": number; readonly "answeredAtMs": number | null; readonly "endedAtMs": number; readonly "talkMs": number; readonly "billedSeconds": number; readonly "currency": string; readonly "chargeMicro": number; readonly "status": number; readonly "reason": string; readonly "endedBy": string; readonly "cause": string; readonly "codec": string; readonly "packetsLost": number; readonly "jitterMs": number; readonly "mos": number | null })[]; readonly "cursor": number };
  /** Charged calls under way, with seconds and cost until now. */
  readonly "billing.live": (...args: [account?: string]) => readonly ({ readonly "call": string; readonly "trace": string; readonly "account": string; readonly "tariff": string; readonly "number": string; readonly "answeredAtMs": number; readonly "seconds": number; readonly "costMicro": number; readonly "currency": string })[];
  /** Accounts with balance and limit; all that the ledger knows, or one. */
  readonly "billing.accounts": (...args: [account?: string, after?: string, count?: number]) => readonly ({ readonly "account": string; readonly "currency": string; readonly "balanceMicro": number; readonly "balance": string; readonly "availableMicro": number | null; readonly "spendableMicro": number; readonly "mode": "none" | "prepaid" | "ceiling"; readonly "ceilingMicro": number; readonly "warnSeconds": number; readonly "calls": number })[];
  /** The ledger of an account: what was added and taken, oldest first. */
  readonly "billing.entries": (...args: [account: string, count?: number, cursor?: number]) => { readonly "entries": readonly ({ readonly "id": string; readonly "kind": string; readonly "amountMicro": number; readonly "atMs": number; readonly "note": string })[]; readonly "cursor": number };
  /** What an account may spend: calls that cannot be paid any more are warned and ended. */
  readonly "billing.limit": (...args: [account: string, mode: "none" | "prepaid" | "ceiling", ceiling?: string, warnSeconds?: number]) => { readonly "account": string; readonly "currency": string; readonly "balanceMicro": number; readonly "balance": string; readonly "availableMicro": number | null; readonly "spendableMicro": number; readonly "mode": "none" | "prepaid" | "ceiling"; readonly "ceilingMicro": number; readonly "warnSeconds": number; readonly "calls": number };
  /** Takes an amount from an account, whatever its limit; gives the account. */
  readonly "billing.charge": (...args: [account: string, amount: string, note?: string, id?: string]) => { readonly "account": string; readonly "currency": string; readonly "balanceMicro": number; readonly "balance": string; readonly "availableMicro": number | null; readonly "spendableMicro": number; readonly "mode": "none" | "prepaid" | "ceiling"; readonly "ceilingMicro": number; readonly "warnSeconds": number; readonly "calls": number };
  /** Adds an amount to an account, which is made when it is new; gives the account. */
  readonly "billing.credit": (...args: [account: string, amount: string, note?: string, id?: string]) => { readonly "account": string; readonly "currency": string; readonly "balanceMicro": number; readonly "balance": string; readonly "availableMicro": number | null; readonly "spendableMicro": number; readonly "mode": "none" | "prepaid" | "ceiling"; readonly "ceilingMicro": number; readonly "warnSeconds": number; readonly "calls": number };
  /** Sets the balance of an account by an entry of the difference; gives the account. */
  readonly "billing.setBalance": (...args: [account: string, balance: string, note?: string]) => { readonly "account": string; readonly "currency": string; readonly "balanceMicro": number; readonly "balance": string; readonly "availableMicro": number | null; readonly "spendableMicro": number; readonly "mode": "none" | "prepaid" | "ceiling"; readonly "ceilingMicro": number; readonly "warnSeconds": number; readonly "calls": number };
  /** All tariffs. */
  readonly "billing.tariffs": (...args: []) => readonly ({ readonly "name": string; readonly "tariff": { readonly "perMinute"?: string; readonly "connectionFee"?: string; readonly "increments"?: string; readonly "freeSeconds"?: number; readonly "prefixes"?: { readonly [member: string]: { readonly "perMinute"?: string; readonly "connectionFee"?: string; readonly "increments"?: string; readonly "freeSeconds"?: number } }; readonly "times"?: readonly ({ readonly "days"?: readonly ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[]; readonly "from": string; readonly "to": string; readonly "percent": number })[] } })[];
  /** Adds a tariff or replaces one, for calls that are answered from now on; kept in the storage. */
  readonly "billing.setTariff": (...args: [name: string, tariff: { readonly "perMinute"?: string; readonly "connectionFee"?: string; readonly "increments"?: string; readonly "freeSeconds"?: number; readonly "prefixes"?: { readonly [member: string]: { readonly "perMinute"?: string; readonly "connectionFee"?: string; readonly "increments"?: string; readonly "freeSeconds"?: number } }; readonly "times"?: readonly ({ readonly "days"?: readonly ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[]; readonly "from": string; readonly "to": string; readonly "percent": number })[] }]) => null;
  /** Removes a tariff; one of the configuration comes back as it is there. */
  readonly "billing.removeTariff": (...args: [name: string]) => null;
  /** What a call of that length would cost, answered now. */
  readonly "billing.quote": (...args: [tariff: string, number: string, seconds: number]) => { readonly "billedSeconds": number; readonly "chargeMicro": number; readonly "perMinuteMicro": number; readonly "currency": string };
  /** Where each output is: the cursor of the newest record that it took, and why it fails. */
  readonly "billing.outputs": (...args: []) => readonly ({ readonly "output": string; readonly "cursor": number; readonly "reason": string })[];
  /** Place calls one after the other; gives [0, "OK"] once the first is on its way. */
  readonly "callgen.createCalls": (...args: [calls: number, waitBase: number, waitRandom: number, user: string, host: string, userDigits: number, playDigits: number, timeBase: number, timeRandom: number]) => readonly [number, string];
  /** Place calls, so many a second. */
  readonly "callgen.scheduleCalls": (...args: [calls: number, waitBase: number, waitRandom: number, user: string, host: string, userDigits: number, playDigits: number, timeBase: number, timeRandom: number, callsPerSecond?: number]) => null;
  /** Keep that many calls active, topped up every second; 0: no more. */
  readonly "callgen.setTarget": (...args: [calls: number, waitBase: number, waitRandom: number, user: string, host: string, userDigits: number, playDigits: number, timeBase: number, timeRandom: number, callsPerSecond?: number]) => null;
  /** Active calls, target, scheduled calls, calls in all. */
  readonly "callgen.callGenStats": (...args: []) => readonly [string];
  /** How to call these functions. */
  readonly "callgen.help": (...args: []) => readonly [string];
  /** Forget what is scheduled, and end the calls. */
  readonly "callgen.stop": (...args: []) => null;
  /** The credit of an account; -1: there is no such account. */
  readonly "cc_acc.getCredit": (...args: [pin: string]) => readonly [number];
  /** Takes credits from an account, never below 0; gives what is left, or -1: there is no such account. */
  readonly "cc_acc.subtractCredit": (...args: [pin: string, amount: number]) => readonly [number];
  /** Sets the credit of an account, which is made when it is new; gives the amount. */
  readonly "cc_acc.setCredit": (...args: [pin: string, amount: number]) => readonly [number];
  /** Adds credits to an account, which is made when it is new; gives what it has then. */
  readonly "cc_acc.addCredit": (...args: [pin: string, amount: number]) => readonly [number];
  /** Has no effect, as in SEMS. */
  readonly "cc_acc.connectCall": (...args: []) => null;
  /** Call A, and when it has answered B, or an application; connect them. Gives the id of the dial and A’s tag. */
  readonly "click_to_dial.dial": (...args: [order: { readonly "a": string | { readonly "uri": string; readonly "from"?: string; readonly "timeoutS"?: number; readonly "headers"?: { readonly [member: string]: string }; readonly "credentials"?: { readonly "user": string; readonly "password": string; readonly "realm"?: string }; readonly "registration"?: string; readonly "srtp"?: "off" | "optional" | "required"; readonly "labels"?: { readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue } }; readonly "b"?: string | { readonly "uri": string; readonly "from"?: string; readonly "timeoutS"?: number; readonly "headers"?: { readonly [member: string]: string }; readonly "credentials"?: { readonly "user": string; readonly "password": string; readonly "realm"?: string }; readonly "registration"?: string; readonly "srtp"?: "off" | "optional" | "required"; readonly "labels"?: { readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue } }; readonly "application"?: string; readonly "user"?: string; readonly "parameters"?: JsonValue; readonly "earlyMedia"?: "tone" | "through" | "none"; readonly "waiting"?: string; readonly "failed"?: string; readonly "maxDurationS"?: number; readonly "labels"?: { readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue }; readonly "idempotencyKey"?: string }]) => { readonly "dial": string; readonly "a": string; readonly "repeated"?: boolean };
  /** End a dial in whatever phase, with all its calls. 404: no such dial; 409: it is over. */
  readonly "click_to_dial.cancel": (...args: [dial: string]) => readonly (number | string)[];
  /** How far a dial is, or how it ended. */
  readonly "click_to_dial.status": (...args: [dial: string]) => { readonly "dial": string; readonly "phase": "diallingA" | "ringingA" | "answeredA" | "diallingB" | "ringingB" | "earlyB" | "bridged" | "ended"; readonly "a": string; readonly "b"?: string; readonly "application"?: string; readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue; readonly "status"?: number; readonly "reason"?: string; readonly "endedBy"?: "a" | "b" | "us" | "network"; readonly "why"?: readonly ({ readonly "code": string; readonly "sentence": string; readonly "cause"?: string; readonly "next"?: string })[]; readonly "startedAtMs": number; readonly "answeredAtMs"?: number; readonly "bridgedAtMs"?: number; readonly "endedAtMs"?: number };
  /** Dials that run and that ended lately, oldest first. */
  readonly "click_to_dial.list": (...args: [limit?: number]) => readonly ({ readonly "dial": string; readonly "phase": "diallingA" | "ringingA" | "answeredA" | "diallingB" | "ringingB" | "earlyB" | "bridged" | "ended"; readonly "a": string; readonly "b"?: string; readonly "application"?: string; readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue; readonly "status"?: number; readonly "reason"?: string; readonly "endedBy"?: "a" | "b" | "us" | "network"; readonly "why"?: readonly ({ readonly "code": string; readonly "sentence": string; readonly "cause"?: string; readonly "next"?: string })[]; readonly "startedAtMs": number; readonly "answeredAtMs"?: number; readonly "bridgedAtMs"?: number; readonly "endedAtMs"?: number })[];
  /** Register an account, and keep it registered. */
  readonly "registrar_client.createRegistration": (...args: [domain: string, user: string, displayName: string, authUser: string, password: string, eventSink: string, proxy?: string, contact?: string, handle?: string]) => readonly string[];
  /** De-register, and forget the registration when the registrar has answered. */
  readonly "registrar_client.removeRegistration": (...args: [handle: string]) => null;
  /** How a registration stands. */
  readonly "registrar_client.getRegistrationState": (...args: [handle: string]) => readonly number[];
  /** All registrations, without passwords and states. */
  readonly "registrar_client.listRegistrations": (...args: []) => readonly ({ readonly "auth_user": string; readonly "contact": string; readonly "domain": string; readonly "event_sink": string; readonly "handle": string; readonly "name": string; readonly "proxy": string; readonly "user": string })[];
  /** Register a subscriber; one of that id is replaced. */
  readonly "db_reg_agent.createRegistration": (...args: [subscriberId: number, user: string, password: string, realm: string, contact?: string]) => readonly [number, string];
  /** Change a subscriber, and register it anew when anything changed; an unknown one is created. */
  readonly "db_reg_agent.updateRegistration": (...args: [subscriberId: number, user: string, password: string, realm: string, contact?: string]) => readonly [number, string];
  /** De-register a subscriber. */
  readonly "db_reg_agent.removeRegistration": (...args: [subscriberId: number]) => readonly [number, string];
  /** Register a subscriber now instead of when it is due. */
  readonly "db_reg_agent.refreshRegistration": (...args: [subscriberId: number]) => readonly [number, string];
  /** Store a message as unread; one of that name is overwritten. */
  readonly "msg_storage.msg_new": (...args: [domain: string, user: string, message: string, data?: string, content?: string]) => readonly [number];
  /** The content of a message, whole or a piece of it; it stays unread. */
  readonly "msg_storage.msg_get": (...args: [domain: string, user: string, message: string, offset?: number, bytes?: number]) => readonly [number, string];
  /** Mark a message as read. */
  readonly "msg_storage.msg_markread": (...args: [domain: string, user: string, message: string]) => readonly [number];
  /** Delete a message. */
  readonly "msg_storage.msg_delete": (...args: [domain: string, user: string, message: string]) => readonly [number];
  /** The messages of a user. */
  readonly "msg_storage.userdir_open": (...args: [domain: string, user: string]) => readonly [number, readonly (readonly [string, number, number])[] | null];
  /** Nothing: nothing is kept open. */
  readonly "msg_storage.userdir_close": (...args: [domain: string, user: string]) => readonly [number];
  /** How many messages a user has. */
  readonly "msg_storage.userdir_getcount": (...args: [domain: string, user: string]) => readonly [number];
  /** Count the messages of a user and tell the presence server and the subscribers. */
  readonly "mwi.publish": (...args: [domain: string, user: string, event?: string]) => readonly [number];
  /** Post an event to a script: its transitions with `event` get these parameters. */
  readonly "dsm.postDSMEvent": (...args: [call: string, parameters: readonly JsonValue[]]) => readonly [number, string];
  /** Read the diagrams of load_diags anew; calls that run keep those that they began with. */
  readonly "dsm.reloadDSMs": (...args: []) => readonly [number, string];
  /** Load one more diagram from diag_path. */
  readonly "dsm.loadDSM": (...args: [name: string]) => readonly [number, string];
  /** Load one more diagram from a folder. */
  readonly "dsm.loadDSMWithPath": (...args: [name: string, diagPath: string, modPath: string]) => readonly [number, string];
  /** Make the modules of preload_mods ready. */
  readonly "dsm.preloadModules": (...args: []) => readonly [number, string];
  /** Make one module ready. */
  readonly "dsm.preloadModule": (...args: [module: string, path?: string]) => readonly [number, string];
  /** Is a diagram of that name loaded? */
  readonly "dsm.hasDSM": (...args: [name: string, application?: string]) => readonly [string];
  /** Names of the diagrams that are loaded. */
  readonly "dsm.listDSMs": (...args: [application?: string]) => readonly string[];
  /** Make a loaded diagram an application of its own name. */
  readonly "dsm.registerApplication": (...args: [name: string, application?: string]) => readonly [number, string];
  /** Load a bundle, or load it anew while calls run. */
  readonly "dsm.loadConfig": (...args: [file: string, name: string]) => readonly [number, string];
  /** Start a script without a call. */
  readonly "dsm.createSystemDSM": (...args: [config: string, diagram: string]) => readonly [number, string];
  /** Scripts that run: where they are, and since when. */
  readonly "dsm.sessions": (...args: [diagram?: string, state?: string]) => readonly JsonObject[];
  /** Every state that scripts were in: how many are there now, how many came, how long they stayed. */
  readonly "dsm.states": (...args: []) => readonly JsonObject[];
  /** All variables of one script. */
  readonly "dsm.variables": (...args: [call: string]) => JsonObject;
  /** Applications that are scripts, with the bundle of each. */
  readonly "dsm.applications": (...args: []) => readonly JsonObject[];
  /** Let one script wait when it comes to a state; event dsm.paused tells that it did. */
  readonly "dsm.breakAt": (...args: [call: string, diagram: string, state: string]) => JsonValue;
  /** Remove a break point. */
  readonly "dsm.unbreak": (...args: [call: string, diagram: string, state: string]) => boolean;
  /** Raise the event `system` in every script, as SIGUSR1 (User1) and SIGUSR2 (User2) do. */
  readonly "dsm.systemEvent": (...args: [type: "User1" | "User2"]) => null;
  /** Let a script go on that waits at a break point. */
  readonly "dsm.continue": (...args: [call: string]) => boolean;
  /** Let a script go on to the next state, whichever it is, and wait there. */
  readonly "dsm.step": (...args: [call: string]) => boolean;
  /** Send events to a URL from now on, or after an event; of an id that is there, change it. */
  readonly "webhooks.add": (...args: [url: string, options?: { readonly "id"?: string; readonly "secret"?: string; readonly "filters"?: readonly string[]; readonly "match"?: JsonObject; readonly "after"?: number }]) => { readonly "hook": string; readonly "secret": string | null };
  /** The webhooks: how far each is, and what ails it. */
  readonly "webhooks.list": (...args: []) => readonly ({ readonly "hook": string; readonly "server": string; readonly "filters": readonly string[]; readonly "addedBy": string; readonly "state": "idle" | "sending" | "retrying" | "stopped"; readonly "position": number; readonly "delivered": number; readonly "failures": number; readonly "lastFault": string; readonly "nextAttemptAtMs": number | null; readonly "deadLetters": number })[];
  /** Remove a webhook with its dead letters. */
  readonly "webhooks.remove": (...args: [hook: string]) => boolean;
  /** Send one event named webhooks.test now, and tell what came back. */
  readonly "webhooks.test": (...args: [hook: string]) => { readonly "delivered": boolean; readonly "status": number; readonly "reason": string; readonly "tookMs": number };
  /** Events that a webhook did not take, oldest first, at most 1000. */
  readonly "webhooks.deadLetters": (...args: [hook: string, after?: number]) => readonly ({ readonly "id": number; readonly "name": string; readonly "reason": string; readonly "atMs": number; readonly "payload": JsonValue })[];
  /** Send dead letters again, all or some, at most 1000; gives how many. What is delivered leaves the list. */
  readonly "webhooks.retry": (...args: [hook: string, ids?: readonly number[]]) => number;
  /** Adds a server to the pool of an application key; twice the same has twice the weight. */
  readonly "xmlrpc2di.newConnection": (...args: [application: string, host: string, port: number, uri: string, tls?: boolean]) => null;
  /** Calls a method on one of the servers: [0, "OK", result], [-1, "no active connections"] or [-2, fault text, fault code]. */
  readonly "xmlrpc2di.sendRequest": (...args: [application: string, method: string, params: readonly JsonValue[]]) => readonly JsonValue[];
  /** As sendRequest, with the parameters as further arguments; the elements of an array result are appended to [0, "OK"]. */
  readonly "xmlrpc2di.sendRequestList": (...args: [application: string, method: string, ...params: readonly JsonValue[]]) => readonly JsonValue[];
  /** Removes a server from the pool of an application key; gives how many entries it had. */
  readonly "xmlrpc2di.removeConnection": (...args: [application: string, host: string, port: number]) => number;
  /** The servers of all pools, or of one. */
  readonly "xmlrpc2di.listConnections": (...args: [application?: string]) => readonly ({ readonly "application": string; readonly "host": string; readonly "port": number; readonly "uri": string; readonly "tls": boolean; readonly "failures": number; readonly "restMs": number })[];
}

export interface Events {
  /** An INVITE came in or was sent. */
  readonly "call.started": { readonly "call": string; readonly "trace": string; readonly "direction": "in" | "out"; readonly "from": string; readonly "to": string; readonly "ruri": string; readonly "application": string; readonly "sipCallId": string; readonly "assertedIdentity"?: string; readonly "diversion"?: string; readonly "startedAtMs": number; readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue };
  /** A provisional answer was sent or came in. */
  readonly "call.ringing": { readonly "call": string; readonly "trace": string; readonly "status": number; readonly "reason": string };
  /** The call is connected. */
  readonly "call.answered": { readonly "call": string; readonly "trace": string; readonly "answeredAtMs": number; readonly "codec": string };
  /** The call ended; exactly once for each call.started. */
  readonly "call.ended": { readonly "call": string; readonly "trace": string; readonly "direction": "in" | "out"; readonly "from": string; readonly "to": string; readonly "ruri": string; readonly "application": string; readonly "sipCallId": string; readonly "status": number; readonly "reason": string; readonly "endedBy": "local" | "remote" | "network"; readonly "startedAtMs": number; readonly "answeredAtMs": number | null; readonly "endedAtMs": number; readonly "codec": string; readonly "packetsSent": number; readonly "packetsReceived": number; readonly "packetsLost": number; readonly "jitterMs": number; readonly "roundTripMs": number | null; readonly "concealedMs": number; readonly "mos": number | null; readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue; readonly "why": readonly ({ readonly "code": string; readonly "sentence": string; readonly "cause"?: string; readonly "next"?: string })[] };
  /** An answered call was given other labels: these count from its answer on. */
  readonly "call.labelled": { readonly "call": string; readonly "trace": string; readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue };
  /** Two calls are legs of one service: a bridge was made. */
  readonly "call.linked": { readonly "call": string; readonly "trace": string; readonly "other": string };
  /** A request for a call was refused before a call existed. */
  readonly "call.refused": { readonly "status": number; readonly "reason": string; readonly "from": string; readonly "ruri": string; readonly "source": string; readonly "why": readonly ({ readonly "code": string; readonly "sentence": string; readonly "cause"?: string; readonly "next"?: string })[] };
  /** A key was pressed. Keys may be digits of a PIN: a viewer does not get them. */
  readonly "dtmf": { readonly "call": string; readonly "trace": string; readonly "key": string; readonly "durationMs": number; readonly "source": "rtp" | "inband" | "info" };
  /** How the call sounds, every media.qualityIntervalMs while media flows. */
  readonly "call.quality": { readonly "call": string; readonly "trace": string; readonly "intervalMs": number; readonly "packetsReceived": number; readonly "packetsLost": number; readonly "packetsLate": number; readonly "lossFraction": number; readonly "burstRatio": number; readonly "jitterMs": number; readonly "roundTripMs": number | null; readonly "playoutDelayMs": number; readonly "concealedMs": number; readonly "rxLevelDb": number; readonly "txLevelDb": number; readonly "clippedSamples": number; readonly "remoteLossFraction": number | null; readonly "remoteJitterMs": number | null; readonly "rFactor": number | null; readonly "mos": number | null; readonly "remoteMos": number | null };
  /** Figures of one media stream, at its end. */
  readonly "quality": { readonly "call": string; readonly "trace": string; readonly "packetsSent": number; readonly "packetsReceived": number; readonly "packetsLost": number; readonly "packetsLate": number; readonly "packetsDuplicate": number; readonly "packetsFromStrangers": number; readonly "concealedMs": number; readonly "jitterMs": number; readonly "roundTripMs": number | null; readonly "rxLevelDb": number; readonly "txLevelDb": number; readonly "clippedSamples": number; readonly "remoteLossFraction": number | null; readonly "mos": number | null };
  /** A call entered a room. */
  readonly "conference.joined": { readonly "call": string; readonly "trace": string; readonly "room": string; readonly "participants": number; readonly "predecessor"?: string };
  /** A call left a room. */
  readonly "conference.left": { readonly "call": string; readonly "trace": string; readonly "room": string; readonly "participants": number };
  /** A participant was muted or unmuted. */
  readonly "conference.muted": { readonly "call": string; readonly "trace": string; readonly "room": string; readonly "muted": boolean };
  /** The server began to refuse new calls for want of time, or ended it. */
  readonly "server.overload": { readonly "state": "begin" | "end"; readonly "lagMs": number; readonly "busyFraction": number; readonly "shed": number };
  /** A MESSAGE with a text came in. */
  readonly "message.received": { readonly "call": string | null; readonly "trace": string; readonly "from": string; readonly "to": string; readonly "ruri": string; readonly "contentType": string; readonly "text": string; readonly "source": string };
  /** A registration of ours stands; also after each refresh. */
  readonly "registration.registered": { readonly "handle": string; readonly "account": string; readonly "status": number; readonly "reason": string; readonly "expiresAtMs": number; readonly "contacts": readonly string[] };
  /** A registrar refused, or did not answer. */
  readonly "registration.failed": { readonly "handle": string; readonly "account": string; readonly "status": number; readonly "reason": string; readonly "cause": "response" | "timeout" | "transport"; readonly "retryAtMs": number | null };
  /** The time of a registration passed without a refresh. */
  readonly "registration.expired": { readonly "handle": string; readonly "account": string; readonly "retryAtMs": number | null };
  /** The registrar keeps no contact of ours: we removed it, or the registrar did. */
  readonly "registration.removed": { readonly "handle": string; readonly "account": string; readonly "status": number; readonly "reason": string };
  /** The server refuses new calls and waits for the others to end. */
  readonly "server.draining": { readonly "calls": number; readonly "drainMs": number };
  /** A peer answered a request that execRpc or sendMessage sent. */
  readonly "jsonrpc.response": { readonly "queue": string; readonly "connection": string; readonly "id": string; readonly "isError": boolean; readonly "value": JsonValue; readonly "userData": JsonValue };
  /** A peer sent a request or a notification on a connection with a receiver for it. */
  readonly "jsonrpc.request": { readonly "queue": string; readonly "connection": string; readonly "method": string; readonly "id": string; readonly "params": JsonValue };
  /** A connection ended; told to its receivers and to the sink of every request without an answer. */
  readonly "jsonrpc.disconnected": { readonly "queue": string; readonly "connection": string };
  /** Who speaks in a room: when that changes, and once a second meanwhile; needs speakingEvents. */
  readonly "conference.speaking": { readonly "room": string; readonly "speakers": readonly ({ readonly "member": string; readonly "levelDb": number })[] };
  /** conference.setMember changed what a participant is to the others. */
  readonly "conference.memberChanged": { readonly "room": string; readonly "call": string; readonly "settings": { readonly "muted": boolean; readonly "deaf": boolean; readonly "gainInDb": number; readonly "gainOutDb": number; readonly "automaticGain": boolean | null; readonly "noiseGate": boolean | null; readonly "group": string; readonly "hears": readonly string[] | null; readonly "heardBy": readonly string[] | null } };
  /** conference.setRoom or conference.lock changed a room. */
  readonly "conference.roomChanged": { readonly "room": string; readonly "locked": boolean; readonly "settings": { readonly "automaticGain": boolean; readonly "noiseGate": boolean; readonly "gateDb": number; readonly "speakingEvents": boolean } };
  /** What conference.play played to a room is over. */
  readonly "conference.playEnded": { readonly "room": string; readonly "item": number; readonly "prompt": string; readonly "reason": "finished" | "flushed" | "failed" | "closed"; readonly "playedMs": number };
  /** conference.record began; of eachMember also for each who came later. */
  readonly "conference.recordingStarted": { readonly "room": string; readonly "recording": number; readonly "file": string; readonly "member": string };
  /** A file of conference.record is complete. */
  readonly "conference.recordingEnded": { readonly "room": string; readonly "recording": number; readonly "file": string; readonly "member": string; readonly "lengthMs": number; readonly "bytes": number; readonly "reason": "finished" | "flushed" | "failed" | "closed"; readonly "cause": string };
  /** A room was opened. */
  readonly "webconference.roomCreated": { readonly "room": string };
  /** A room was removed. */
  readonly "webconference.roomDeleted": { readonly "room": string; readonly "reason": "deleted" | "expired" };
  /** A participant's entry in the list of its room changed. */
  readonly "webconference.participant": { readonly "room": string; readonly "call": string; readonly "number": string; readonly "status": number; readonly "reason": string; readonly "muted": boolean; readonly "participantId": string; readonly "name": string; readonly "gainDb": number; readonly "volumeDb": number };
  /** A room's switches are others than before. */
  readonly "webconference.changed": { readonly "room": string; readonly "locked": boolean; readonly "moderated": boolean; readonly "recording": boolean };
  /** Who speaks in a room: at most four times a second, from its first webconference.state on. */
  readonly "webconference.speaking": { readonly "room": string; readonly "speakers": readonly ({ readonly "call": string; readonly "levelDb": number })[] };
  /** A hand was raised or lowered, or moved up in the queue. */
  readonly "webconference.hand": { readonly "room": string; readonly "call": string; readonly "hand": number };
  /** A participant got the floor or lost it. */
  readonly "webconference.floor": { readonly "room": string; readonly "call": string; readonly "floor": boolean };
  /** Somebody said something in the chat of a room. */
  readonly "webconference.chat": { readonly "room": string; readonly "from": string; readonly "to": string; readonly "text": string };
  /** A private talk began, lost or won somebody, or ended. */
  readonly "webconference.talk": { readonly "room": string; readonly "talk": string; readonly "calls": readonly string[]; readonly "active": boolean };
  /** A call leg has its detail record: it is on disk. */
  readonly "billing.record": { readonly "id": string; readonly "call": string; readonly "trace": string; readonly "sipCallId": string; readonly "direction": string; readonly "application": string; readonly "from": string; readonly "to": string; readonly "ruri": string; readonly "number": string; readonly "account": string | null; readonly "tariff": string | null; readonly "data": JsonValue; readonly "startedAtMs": number; readonly "answeredAtMs": number | null; readonly "endedAtMs": number; readonly "talkMs": number; readonly "billedSeconds": number; readonly "currency": string; readonly "chargeMicro": number; readonly "status": number; readonly "reason": string; readonly "endedBy": string; readonly "cause": string; readonly "codec": string; readonly "packetsLost": number; readonly "jitterMs": number; readonly "mos": number | null };
  /** What a charged call costs until now; every liveSeconds. */
  readonly "billing.live": { readonly "call": string; readonly "trace": string; readonly "account": string; readonly "tariff": string; readonly "number": string; readonly "answeredAtMs": number; readonly "seconds": number; readonly "costMicro": number; readonly "currency": string };
  /** The credit of an account is over soon: its calls were warned. */
  readonly "billing.warning": { readonly "account": string; readonly "secondsLeft": number; readonly "calls": readonly string[] };
  /** A call was refused or ended for want of credit. */
  readonly "billing.exhausted": { readonly "account": string; readonly "call": string; readonly "reason": string };
  /** An output began to fail, or works again. What it has not taken is kept. */
  readonly "billing.output": { readonly "output": string; readonly "state": "working" | "failing"; readonly "reason": string };
  /** A dial came to its next phase; ended comes exactly once, when nothing is left of it. */
  readonly "click_to_dial.progress": { readonly "dial": string; readonly "phase": "diallingA" | "ringingA" | "answeredA" | "diallingB" | "ringingB" | "earlyB" | "bridged" | "ended"; readonly "a": string; readonly "b"?: string; readonly "application"?: string; readonly "account"?: string; readonly "tariff"?: string; readonly "data"?: JsonValue; readonly "status"?: number; readonly "reason"?: string; readonly "endedBy"?: "a" | "b" | "us" | "network"; readonly "why"?: readonly ({ readonly "code": string; readonly "sentence": string; readonly "cause"?: string; readonly "next"?: string })[]; readonly "atMs": number };
  /** A message was stored, marked as read, or deleted. */
  readonly "msg_storage.changed": { readonly "domain": string; readonly "user": string; readonly "message": string; readonly "event": "msg_new" | "msg_markread" | "msg_delete" };
  /** A message was refused, as its user has no room for it. */
  readonly "msg_storage.full": { readonly "domain": string; readonly "user": string; readonly "limit": string };
}
