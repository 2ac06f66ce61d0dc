/**
 * The commands of SEMS's statistics protocol (di-interfaces 5.17): one line in, one text out. Programs read the
 * texts with regular expressions: they are SEMS's to the letter.
 */
import { asCodedError, type CodedError, type DiValue, printValue } from '../../core/index.ts';

export interface CommandServices {
  /** Calls a function with the rights of this face. Rejects with CodedError only. */
  invoke(module: string, name: string, args: readonly DiValue[]): Promise<DiValue>;
  readonly version: string;
  /** Writes what is under way to the log. */
  dump(): void;
}

type Handler = (services: CommandServices, argument: string) => Promise<string> | string;

const levelNames: { readonly [word: string]: number } = {
  '0': 0,
  '1': 1,
  '2': 2,
  '3': 3,
  error: 0,
  err: 0,
  warning: 1,
  warn: 1,
  info: 2,
  debug: 3,
  dbg: 3,
};

const builtin = (services: CommandServices, name: string, ...args: DiValue[]): Promise<DiValue> =>
  services.invoke('builtin', name, args);

const figure =
  (name: string, text: (value: string) => string): Handler =>
  async (services) =>
    text(String(await builtin(services, name)));

/** After `get_`; matched by their beginning, as in SEMS. */
const getters: { readonly [name: string]: Handler } = {
  loglevel: figure('get_loglevel', (level) => `loglevel is ${level}.\n`),
  async cpslimit(services) {
    const [hard = '0', current = '0'] = String(await builtin(services, 'get_cpslimit')).split(' ');
    return `CPS hard limit: ${hard}, CPS limit: ${current}\n`;
  },
  shutdownmode: figure('get_shutdownmode', (on) => `Shutdownmode ${on === '1' ? 'active' : 'inactive'}!\n`),
  sessioncount: figure('get_sessioncount', (count) => `sessioncount is ${count}.\n`),
  callsavg: figure('get_callsavg', (calls) => `Average active calls: ${calls}\n`),
  callsmax: figure('get_callsmax', (calls) => `Maximum active calls: ${calls}\n`),
  cpsavg: figure('get_cpsavg', (calls) => `Average calls per second: ${calls}\n`),
  cpsmax: figure('get_cpsmax', (calls) => `Maximum calls per second: ${calls}\n`),
};

/** After `set_`. */
const setters: { readonly [name: string]: Handler } = {
  async loglevel(services, argument) {
    const level = Object.hasOwn(levelNames, argument) ? levelNames[argument] : undefined;
    if (level === undefined) return 'invalid loglevel value.\n';
    await builtin(services, 'set_loglevel', level);
    return `loglevel set to ${level}.\n`;
  },
  async cpslimit(services, argument) {
    if (!/^\d{1,9}$/.test(argument)) return 'invalid CPS limit\n';
    await builtin(services, 'set_cpslimit', Number(argument));
    return `CPS limit set to ${Number(argument)}.\n`;
  },
  async shutdownmode(services, argument) {
    if (argument !== '0' && argument !== '1') return 'invalid shutdownmode\n';
    await builtin(services, 'set_shutdownmode', argument === '1');
    return `Shutdownmode ${argument === '1' ? 'activated' : 'deactivated'}!\n`;
  },
};

/** RTP streams are not multiplexed here: both figures are 0, off, and stay so. */
const multiplexing = ['rtp_mux_mtu_threshold', 'rtp_mux_max_frame_age_ms'];

/** Commands that must match exactly. */
const exact: { readonly [name: string]: Handler } = {
  calls: figure('calls', (calls) => `Active calls: ${calls}\n`),
  which: () => overview,
  version: ({ version }) => version,
  async dump_transactions(services) {
    // Whoever may not read figures may not fill the log.
    await builtin(services, 'calls');
    services.dump();
    return '200 OK';
  },
};

/** The reply to one command, without the final NUL. Never rejects. */
export async function runCommand(line: string, services: CommandServices): Promise<string> {
  try {
    return await answer(line, services);
  } catch (fault) {
    const { message } = asCodedError(fault);
    return `Exception occured: ${message}\n`;
  }
}

function answer(line: string, services: CommandServices): Promise<string> | string {
  const blank = line.indexOf(' ');
  const word = blank === -1 ? line : line.slice(0, blank);
  const argument = blank === -1 ? '' : line.slice(blank + 1);
  if (word === 'DI') return di(line.split(' ').slice(1), services);
  if (Object.hasOwn(exact, line)) return exact[line]?.(services, '') ?? '';
  const direction = word.slice(0, 4);
  if (multiplexing.includes(word.slice(4))) {
    if (direction === 'get_' && argument === '') return `${word.slice(4)}=0\n`;
    if (direction === 'set_') return argument === '0' ? `${word.slice(4)}=0\n` : `invalid ${word.slice(4)}\n`;
  }
  const table = direction === 'get_' ? getters : direction === 'set_' ? setters : {};
  const name = Object.keys(table).find((each) => word.startsWith(each, 4));
  const handler = name === undefined ? undefined : table[name];
  if (handler !== undefined) return handler(services, argument);
  return direction === 'set_' ? `Unknown set command: '${line}'\n` : `Unknown command: '${line}'\n`;
}

/** `DI factory function arg …`: single blanks separate, all arguments are strings. */
async function di(words: readonly string[], services: CommandServices): Promise<string> {
  const [factory = '', name = '', ...args] = words;
  if (factory === '') return 'could not parse DI factory name.\n';
  if (name === '') return 'could not parse function name.\n';
  try {
    return printValue(await services.invoke(factory, name, args));
  } catch (fault) {
    return exceptionText(asCodedError(fault), factory, name);
  }
}

/** As SEMS words them (di-interfaces 1.10). */
function exceptionText(error: CodedError, factory: string, name: string): string {
  switch (error.code) {
    case 'rpc.unknownModule':
      return `could not get '${factory}' factory\n`;
    case 'rpc.unknownFunction':
      return `Exception occured: AmDynInvoke::NotImplemented '${name}'\n`;
    case 'rpc.tooFewArguments':
    case 'rpc.tooManyArguments':
    case 'rpc.wrongType':
      return 'Exception occured.\n';
    default:
      return `Exception occured: ${error.message}\n`;
  }
}

const overview = [
  'calls                              -  number of active calls',
  'which                              -  print available commands',
  'version                            -  print version',
  'dump_transactions                  -  write the calls to the log',
  'set_loglevel <0..3 or name>        -  set log level',
  'get_loglevel                       -  get log level',
  'set_shutdownmode <1 or 0>          -  refuse new calls',
  'get_shutdownmode                   -  are new calls refused?',
  'get_sessioncount                   -  calls since the start',
  'get_callsavg                       -  average of active calls since the last query',
  'get_callsmax                       -  maximum of active calls since the last query',
  'get_cpsavg                         -  calls per second, average of the last 5 s',
  'get_cpsmax                         -  calls per second, maximum since the last query',
  'set_cpslimit <n>                   -  limit of calls per second, 0: none',
  'get_cpslimit                       -  get limits of calls per second',
  'DI <factory> <function> (<args>)*  -  invoke a function',
  '',
].join('\n');
