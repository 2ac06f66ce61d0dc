/** What we use of the npm package `sip` 0.0.6, which has no types. Headers come parsed, or as text. */
declare module 'sip' {
  export interface SipPackageMessage {
    method?: string;
    uri?: string;
    status?: number;
    reason?: string;
    version?: string;
    /** Names lower-case. What a remote peer sent is not to be trusted to have any shape. */
    headers: { [name: string]: unknown };
    content?: string;
  }

  export interface SipPackageOptions {
    readonly address: string;
    /** Host of our Via, and the host that requests to ourselves have. */
    readonly publicAddress: string;
    readonly port: number;
    readonly udp: boolean;
    readonly tcp: boolean;
    readonly logger?: { readonly error?: (fault: unknown) => void };
  }

  export interface SipPackageStack {
    send(message: SipPackageMessage, onResponse?: (response: SipPackageMessage) => void): void;
    destroy(): void;
  }

  const sip: {
    create(
      options: SipPackageOptions,
      onRequest: (request: SipPackageMessage, remote: { address: string; port: number }) => void,
    ): SipPackageStack;
    makeResponse(
      request: SipPackageMessage,
      status: number,
      reason?: string,
      extension?: { headers?: { [name: string]: unknown }; content?: string },
    ): SipPackageMessage;
    parseUri(text: string): { readonly host: string; readonly port: number } | undefined;
  };
  export default sip;
}
