/**
 * The one error table (design, section 2). A code says what happened; the row says it in a sentence,
 * why it happens, what to do next, and how each face shows it: XML-RPC fault code, JSON-RPC error
 * code, SIP status. `docs/errors.md` is generated from it and a test compares the two.
 *
 * Length: one row a code.
 *
 * XML-RPC codes 300, 400, 500, 504 and -1 are SEMS's (di-interfaces 1.10, 3.5).
 */
export interface ErrorRow {
  readonly sentence: string;
  readonly cause: string;
  readonly next: string;
  readonly xmlRpc: number;
  readonly jsonRpc: number;
  readonly sip: number;
}

const row = (
  sentence: string,
  cause: string,
  next: string,
  xmlRpc: number,
  jsonRpc: number,
  sip: number,
): ErrorRow => ({ sentence, cause, next, xmlRpc, jsonRpc, sip });

export const errorTable = {
  // Bus
  'rpc.parse': row(
    'The request could not be parsed.',
    'The body is not well-formed XML-RPC or JSON.',
    'Correct the body; the message names the place.',
    400,
    -32700,
    400,
  ),
  'rpc.invalidRequest': row(
    'The request is not valid.',
    'The body parses but is not a request of this protocol.',
    'Compare it with docs/control-it.md.',
    400,
    -32600,
    400,
  ),
  'rpc.unknownMethod': row(
    'Unknown method.',
    'No function of that name is registered.',
    'List the names with system.listMethods or rpc.discover.',
    -1,
    -32601,
    404,
  ),
  'rpc.unknownFunction': row(
    'The module has no such function.',
    'The module is loaded but has no function of that name.',
    'List its functions with its _list function.',
    504,
    -32601,
    404,
  ),
  'rpc.unknownModule': row(
    'The module is not loaded.',
    'No loaded module has that name.',
    'Add it under `modules:` in the configuration.',
    500,
    -32601,
    404,
  ),
  'rpc.tooFewArguments': row(
    'Too few arguments.',
    'A required argument is missing.',
    'See the signature with system.methodHelp or rpc.discover.',
    300,
    -32602,
    400,
  ),
  'rpc.tooManyArguments': row(
    'Too many arguments.',
    'More arguments were given than the function takes.',
    'See the signature with system.methodHelp or rpc.discover.',
    300,
    -32602,
    400,
  ),
  'rpc.wrongType': row(
    'An argument has the wrong type or value.',
    'An argument does not fit the schema of its parameter.',
    'The message names the argument and what was expected.',
    300,
    -32602,
    400,
  ),
  'rpc.unrepresentable': row(
    'The result cannot be written on this wire.',
    'The result holds a value that this protocol has no form for.',
    'Use JSON-RPC, or ask for a smaller value.',
    500,
    -32603,
    500,
  ),
  'rpc.handlerFailed': row(
    'The function failed.',
    'The function threw an error that it did not expect.',
    'Read the log line with the trace id; report it as a bug.',
    500,
    -32000,
    500,
  ),
  'rpc.deadline': row(
    'The function did not finish in time.',
    'The deadline of the call passed.',
    'Try again, or raise rpc.limits.deadlineMs.',
    500,
    -32001,
    504,
  ),
  'rpc.forbidden': row(
    'Not allowed.',
    'The caller has no scope, or a limit, for this function.',
    'Use a token with the scope that the message names.',
    403,
    -32003,
    403,
  ),
  'rpc.foreignHost': row(
    'The Host is not one of this server.',
    'The Host header names neither localhost, nor the listen address, nor an entry of rpc.hosts (a guard against DNS rebinding).',
    'Call the server by its address, or add the name to rpc.hosts.',
    403,
    -32003,
    403,
  ),
  'rpc.foreignOrigin': row(
    'The Origin is foreign.',
    'A page from another origin called; only pages of this server and of rpc.origins may.',
    'Add the origin to rpc.origins.',
    403,
    -32003,
    403,
  ),
  'rpc.unauthorized': row(
    'Credentials are needed.',
    'No valid token was given.',
    'Send a Bearer token or HTTP Basic credentials (`callbus token create`).',
    401,
    -32004,
    401,
  ),
  'rpc.tooLarge': row(
    'The request is too large.',
    'The body, its depth or its number of parts is over the limit.',
    'Send less, or raise rpc.limits.',
    413,
    -32005,
    413,
  ),
  'rpc.tooManyRequests': row(
    'Too many requests.',
    'The rate or concurrency limit of this source is reached.',
    'Slow down, or raise rpc.limits.',
    429,
    -32006,
    503,
  ),
  // Start and configuration
  'config.invalid': row(
    'The configuration is not valid.',
    'A key, type or value is wrong.',
    'Correct the key at the file and line that the message names.',
    500,
    -32000,
    500,
  ),
  'config.notBuilt': row(
    'That part is not built yet.',
    'The configuration asks for something that this version does not have.',
    'Remove the key; the capability table in README.md tells what works.',
    500,
    -32000,
    501,
  ),
  'module.failed': row(
    'A module could not start.',
    'The module refused its configuration or its start failed.',
    'The message names the module and the reason.',
    500,
    -32000,
    500,
  ),
  'module.full': row(
    'The module keeps no more of that.',
    'A bound that keeps memory from growing without end is reached.',
    'Erase what is no longer needed, or raise the key that the message names.',
    500,
    -32028,
    503,
  ),
  'tls.credentials': row(
    'The certificate or its key cannot be used.',
    'A PEM file holds no certificate, no key, or a key of another certificate.',
    'Correct the file that the message names; a reload (SIGHUP) reads it again.',
    500,
    -32000,
    500,
  ),
  'tls.failed': row(
    'The TLS handshake failed.',
    'No version or cipher in common, a certificate that one side does not accept, or a peer that does not speak TLS.',
    'Read the detail; authorities are set by sip.tls.caFile, checks by sip.tls.verifyServers.',
    500,
    -32000,
    503,
  ),
  'port.taken': row(
    'The port is in use.',
    'Another program listens on this address and port.',
    'Choose another port with the option that the message names, or end the other program.',
    500,
    -32000,
    500,
  ),
  'network.failed': row(
    'The network refused.',
    'The operating system could not carry out the operation.',
    'The message names the address and the reason.',
    500,
    -32000,
    503,
  ),
  'http.forbidden': row(
    'A request may not go there.',
    'The URL was named by a caller, and leads to an address that is not public or that outgoing.deny lists.',
    'Add the host or its network to outgoing.allow in the configuration, if it is to be reached.',
    403,
    -32040,
    403,
  ),
  'http.invalid': row(
    'The request to the other server is not valid.',
    'Its URL, method or a header cannot be sent.',
    'Correct what the message names.',
    400,
    -32602,
    400,
  ),
  'dns.failed': row(
    'The host name could not be resolved.',
    'No address record was found.',
    'Check the name and the resolver of this machine.',
    500,
    -32000,
    478,
  ),
  'webhook.unknown': row(
    'No such webhook.',
    'Nothing of that id was added.',
    'List them with webhooks.list.',
    404,
    -32041,
    404,
  ),
  // Files and storage
  'file.missing': row(
    'The file does not exist.',
    'Nothing is stored at that path.',
    'Check the path that the message names.',
    500,
    -32000,
    404,
  ),
  'file.tooLarge': row(
    'The file is too large.',
    'The file is over the limit of its purpose.',
    'Use a smaller file.',
    500,
    -32000,
    413,
  ),
  'file.failed': row(
    'The file could not be read or written.',
    'The operating system refused.',
    'Check permissions and free space.',
    500,
    -32000,
    500,
  ),
  'file.format': row(
    'The file format cannot be used.',
    'The file is damaged or of a kind that no loaded format reads.',
    'Convert it to WAV, mono, 8 or 16 kHz, 16 bit or G.711.',
    500,
    -32000,
    415,
  ),
  'file.name': row(
    'The name cannot be used.',
    'It must be a name inside the configured folder: no leading dots, no backslash, no absolute path.',
    'Give a name such as monday/board.wav.',
    400,
    -32602,
    400,
  ),
  'file.exists': row(
    'The file exists.',
    'A file of that name is there already, or is being written; it is not overwritten.',
    'Choose another name.',
    409,
    -32035,
    409,
  ),
  'package.missing': row(
    'An optional package is not installed.',
    'What few servers need is not installed with the others; it is loaded where it is used.',
    'Run the line that the message tells, beside package.json.',
    500,
    -32000,
    500,
  ),
  'process.missing': row(
    'The program is not installed.',
    'No program of that name is on the PATH of the server.',
    'Install it, or correct the name.',
    500,
    -32000,
    500,
  ),
  'process.failed': row(
    'The program could not be run.',
    'The operating system refused to start it, or it ended unexpectedly.',
    'Read the detail; check permissions and free memory.',
    500,
    -32000,
    500,
  ),
  'process.limit': row(
    'The program was killed.',
    'It ran longer or wrote more than it may, or nobody waits for it any more.',
    'Make it shorter; the message names the bound.',
    500,
    -32000,
    504,
  ),
  'storage.failed': row(
    'The storage failed.',
    'The database file could not be read or written.',
    'Check storage.path, permissions and free space.',
    500,
    -32000,
    500,
  ),
  'storage.driverMissing': row(
    'The package for this database is not installed.',
    'Drivers of database servers are optional: they are loaded where a configuration names such a server.',
    'Run the line that the message tells, beside package.json, and start again.',
    500,
    -32000,
    500,
  ),
  // Calls
  'call.unknown': row(
    'No such call.',
    'The call tag names no live call.',
    'List live calls with monitoring.listActive.',
    404,
    -32010,
    481,
  ),
  'call.ended': row(
    'The call has ended.',
    'The call ended before or while this was done.',
    'Nothing to do; see the why of its call.ended event.',
    410,
    -32011,
    481,
  ),
  'call.wrongState': row(
    'The call is not in a state for that.',
    'For example an answer to a call that is answered.',
    'Check the state first.',
    409,
    -32012,
    491,
  ),
  'call.limit': row(
    'Too many calls.',
    'A limit of calls or calls a second is reached.',
    'Try later, or raise the limit that the message names.',
    503,
    -32013,
    503,
  ),
  'call.shutdown': row(
    'The server is shutting down.',
    'New calls are refused while the server drains.',
    'Try another server.',
    503,
    -32014,
    503,
  ),
  'call.failed': row(
    'The application failed.',
    'The application of the call threw an error that it did not expect.',
    'Read the log lines with the call tag; report it as a bug.',
    500,
    -32019,
    500,
  ),
  'dial.forbidden': row(
    'This destination may not be dialled.',
    'The dial rules do not allow the destination.',
    'Add it to dial.allow or dial.gateways in the configuration.',
    403,
    -32015,
    403,
  ),
  'dial.failed': row(
    'The call could not be placed.',
    'The INVITE could not be made or sent.',
    'The message names the reason.',
    500,
    -32016,
    500,
  ),
  'call.ambiguous': row(
    'That names several calls.',
    'A Call-ID or trace id may be that of more than one leg.',
    'Name one by its call tag; the message lists them.',
    409,
    -32041,
    409,
  ),
  'routing.unknown': row(
    'No such routing rule.',
    'No rule has that id.',
    'List the rules with routing.list.',
    404,
    -32042,
    404,
  ),
  'routing.fixed': row(
    'That rule is of the configuration.',
    'Rules of the configuration are changed there only.',
    'Change `routing:` and call routing.reload, or add a rule before it with routing.add.',
    409,
    -32043,
    409,
  ),
  'gateway.unknown': row(
    'No such gateway.',
    'No gateway has that name.',
    'List them with gateway.list.',
    404,
    -32044,
    404,
  ),
  'gateway.fixed': row(
    'That gateway is of the configuration.',
    'Gateways of the configuration are changed there only.',
    'Choose another name, or change dial.gateways and start again.',
    409,
    -32045,
    409,
  ),
  'dial.unknown': row(
    'No such dial.',
    'No dial of that id is under way or remembered.',
    'List them with click_to_dial.list.',
    404,
    -32046,
    404,
  ),
  'dial.over': row(
    'The dial is over.',
    'It ended before it could be cancelled.',
    'See its outcome with click_to_dial.status.',
    409,
    -32047,
    409,
  ),
  'dial.keyReused': row(
    'That idempotency key was used for another order.',
    'A key belongs to the first order that was given with it.',
    'Take a new key for a new order.',
    409,
    -32048,
    409,
  ),
  'application.unknown': row(
    'No application serves this call.',
    'No routing rule leads to a loaded application.',
    'Load the module, or correct `routing:`.',
    404,
    -32017,
    404,
  ),
  'room.full': row(
    'The room is full.',
    'The room has its maximum of participants.',
    'Try later, or raise max_participants.',
    486,
    -32018,
    486,
  ),
  'room.locked': row(
    'The room is locked.',
    'Its operator lets nobody else in.',
    'Try later, or unlock it with conference.lock.',
    403,
    -32031,
    403,
  ),
  'room.unknown': row(
    'Nobody is in that room.',
    'A room begins with the first call that enters and ends with the last that leaves.',
    'List the rooms with conference.rooms, or wait for its first participant.',
    404,
    -32032,
    404,
  ),
  'room.noMember': row(
    'That call is not in the room.',
    'The call tag names no participant of the room.',
    'List the participants with conference.members.',
    404,
    -32033,
    404,
  ),
  'recording.unknown': row(
    'No such recording.',
    'The number names no recording that is running.',
    'List them with conference.recordings.',
    404,
    -32034,
    404,
  ),
  // Billing
  'billing.noCredit': row(
    'The credit does not pay the call.',
    'The account has a limit, and what is left of it does not pay the next seconds of the call.',
    'Add credit with billing.credit, or change the limit with billing.limit.',
    402,
    -32080,
    402,
  ),
  'billing.unknownAccount': row(
    'The ledger does not know the account.',
    'Nothing was ever charged or credited to it, and it has no limit.',
    'List the accounts with billing.accounts.',
    404,
    -32081,
    404,
  ),
  'billing.unknownTariff': row(
    'There is no such tariff.',
    'Neither the configuration nor billing.setTariff made one of that name.',
    'List the tariffs with billing.tariffs.',
    404,
    -32082,
    404,
  ),
  'billing.alreadyDone': row(
    'A change of that id was made already.',
    'The same id was given before: the ledger takes it once.',
    'Take it as done, or give another id.',
    409,
    -32083,
    409,
  ),

  // SIP and media
  'sip.malformed': row(
    'The SIP message is malformed.',
    'A header or the start line does not follow RFC 3261.',
    'The counter and the log name the header.',
    400,
    -32020,
    400,
  ),
  'sip.timeout': row(
    'The other side did not answer.',
    'A SIP timer ran out.',
    'Check that the address is reachable.',
    408,
    -32021,
    408,
  ),
  'sip.transport': row(
    'The SIP message could not be sent.',
    'The transport refused or closed.',
    'Check address and transport.',
    503,
    -32022,
    503,
  ),
  'sdp.malformed': row(
    'The session description is malformed.',
    'A line does not follow RFC 4566.',
    'The message names the line.',
    400,
    -32023,
    400,
  ),
  'sdp.noCommonCodec': row(
    'No common codec.',
    'The offer has no audio line or codec that this server can use.',
    'Enable PCMU or PCMA on the other side.',
    488,
    -32024,
    488,
  ),
  'sdp.srtp': row(
    'Encryption of the media could not be agreed.',
    'One side requires SRTP and the other does not offer it, or with keys that cannot be used.',
    'Check media.srtp and srtp of the listener; the detail names the line.',
    488,
    -32029,
    488,
  ),
  'sdp.webRtc': row(
    "The browser's session description cannot be used.",
    'ICE credentials, a certificate fingerprint or a role is missing or broken, or browsers are not answered here.',
    'Send the description as the browser made it; the detail names the line. Check media.webRtc.',
    488,
    -32036,
    488,
  ),
  'media.noPort': row(
    'No media port is free.',
    'All ports of media.ports are in use.',
    'Widen media.ports.',
    503,
    -32025,
    503,
  ),
  'media.overloaded': row(
    'The media workers have no headroom left.',
    'One call more would harm the calls that run.',
    'Try later or another server; raise media.workers, or media.maxBusy.',
    503,
    -32030,
    503,
  ),
  'media.failed': row(
    'The media engine failed.',
    'A media worker refused or died.',
    'Read the log; its calls were ended.',
    500,
    -32026,
    500,
  ),
  'media.dtls': row(
    'No certificate for browser legs could be made.',
    'The system refused to make a key.',
    'Read the detail; calls without browsers work meanwhile.',
    500,
    -32026,
    500,
  ),
  'media.noPrompt': row(
    'No such prompt.',
    'The prompt was never loaded.',
    'Check the prompt files of the module.',
    500,
    -32027,
    500,
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

/** One link of a `why` chain (design, section 2): what happened, what caused it, what to try. */
export interface Why {
  readonly code: string;
  readonly sentence: string;
  /** The message or rule that caused it, for example `SIP/2.0 486 Busy Here` or `dial.allow`. */
  readonly cause?: string;
  readonly next?: string;
}

/**
 * A caller's mistake or an outside failure, with a row of the table. Anything else that is thrown
 * is our bug. `detail` says what was wrong and where, and is shown to the caller: no secrets.
 */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  /** Extra data for the JSON-RPC error's `data`. */
  readonly data: unknown;

  /** Without a stack: it tells of the outside, not of our code, and one is made at the end of every call. */
  constructor(code: ErrorCode, detail = '', options: { readonly cause?: unknown; readonly data?: unknown } = {}) {
    const { sentence } = errorTable[code];
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(detail === '' ? sentence : `${sentence.slice(0, -1)}: ${detail}`, { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'CodedError';
    this.code = code;
    this.detail = detail;
    this.data = options.data;
  }

  get row(): ErrorRow {
    return errorTable[this.code];
  }

  /** This error as a `why` chain, outermost first. */
  why(): Why[] {
    const { sentence, next } = this.row;
    const rest = this.cause instanceof CodedError ? this.cause.why() : [];
    return [{ code: this.code, sentence, next, ...(this.detail === '' ? {} : { cause: this.detail }) }, ...rest];
  }
}

/** Any thrown value as a CodedError; what is not one becomes `fallback` with the original as cause. */
export function asCodedError(fault: unknown, fallback: ErrorCode = 'rpc.handlerFailed'): CodedError {
  if (fault instanceof CodedError) return fault;
  return new CodedError(fallback, fault instanceof Error ? fault.message : String(fault), { cause: fault });
}
