/**
 * What this server can do, as Allow, Supported and Accept say it (RFC 3261 11.2, 13.2.1, 20.5, 20.37):
 * by the configuration of the stack and by what its owner takes. The one source of these lists.
 */
import type { SipConfig } from './config.ts';
import type { HeaderLine, OwnerAbilities, ReliableProvisional } from './types.ts';

/** Methods that every dialog of ours takes, besides NOTIFY. */
const always = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'INFO', 'UPDATE'];
/** Option tags that we understand in Require, whatever is switched on. */
const known = ['100rel', 'join', 'norefersub', 'replaces', 'timer'];
/** What an owner takes that says nothing of it. */
const unspoken: OwnerAbilities = { methods: ['REFER'], extensions: ['join', 'norefersub', 'replaces'] };

export class Capabilities {
  /** Option tags in Require that are no reason for a 420, lower-case. */
  readonly understood: readonly string[];
  readonly #config: Pick<SipConfig, 'reliableProvisional' | 'sessionTimer'>;
  readonly #owner: () => OwnerAbilities | undefined;
  readonly #hasPackages: () => boolean;
  #extensions: readonly string[] = [];
  #allow = '';
  #supported: HeaderLine | null = null;
  /** What the lists were made of. */
  #made: OwnerAbilities | null = null;
  #madeWithPackages = false;

  /**
   * @param owner what the owner of the stack takes
   * @param hasPackages is there an event package that can be subscribed to?
   */
  constructor(
    config: Pick<SipConfig, 'reliableProvisional' | 'sessionTimer'>,
    owner: () => OwnerAbilities | undefined,
    hasPackages: () => boolean,
  ) {
    this.#config = config;
    this.#owner = owner;
    this.#hasPackages = hasPackages;
    this.understood = known.filter((tag) => tag !== '100rel' || config.reliableProvisional !== 'off');
  }

  /** Value of Allow. */
  get allow(): string {
    this.#refresh();
    return this.#allow;
  }

  /** Supported of a response, or nothing. */
  supportedLines(): readonly HeaderLine[] {
    this.#refresh();
    return this.#supported === null ? [] : [this.#supported];
  }

  /** What an INVITE of ours says of extensions (13.2.1, RFC 3262 4). With `relay` its owner speaks of 100rel. */
  inviteLines(reliability: ReliableProvisional, sessionTimer: boolean): readonly HeaderLine[] {
    this.#refresh();
    const tags = [
      ...(reliability === 'supported' ? ['100rel'] : []),
      ...this.#extensions,
      ...(sessionTimer ? ['timer'] : []),
    ];
    return [
      ...(tags.length === 0 ? [] : [['Supported', tags.join(', ')] as const]),
      ...(reliability === 'required' ? [['Require', '100rel'] as const] : []),
    ];
  }

  /** "Allow, Accept, Accept-Encoding, Accept-Language, and Supported header fields SHOULD be present" (11.2). */
  optionsLines(): readonly HeaderLine[] {
    return [
      ['Allow', this.allow],
      ['Accept', 'application/sdp'],
      ['Accept-Encoding', 'identity'],
      ['Accept-Language', 'en'],
      ...this.supportedLines(),
    ];
  }

  #refresh(): void {
    const owner = this.#owner() ?? unspoken;
    const hasPackages = this.#hasPackages();
    if (owner === this.#made && hasPackages === this.#madeWithPackages) return;
    this.#made = owner;
    this.#madeWithPackages = hasPackages;
    const { reliableProvisional, sessionTimer } = this.#config;
    this.#allow = [
      ...always,
      ...(reliableProvisional === 'off' ? [] : ['PRACK']),
      ...(hasPackages ? ['SUBSCRIBE'] : []),
      'NOTIFY',
      ...owner.methods,
    ].join(', ');
    this.#extensions = owner.extensions;
    const tags = [
      ...(reliableProvisional === 'off' ? [] : ['100rel']),
      ...owner.extensions,
      ...(sessionTimer.mode === 'off' ? [] : ['timer']),
    ];
    this.#supported = tags.length === 0 ? null : ['Supported', tags.join(', ')];
  }
}
