/** The parts of the npm package `xmlrpc` that we use; it has no types of its own. */
declare module 'xmlrpc/lib/serializer.js' {
  const serializer: { serializeMethodCall(method: string, params: readonly unknown[]): string };
  export default serializer;
}
declare module 'xmlrpc/lib/deserializer.js' {
  interface ReplyStream {
    setEncoding(encoding: string): void;
    on(event: string, listener: unknown): void;
    pipe(parser: { write(text: string): void; end(): void }): void;
  }
  export default class Deserializer {
    deserializeMethodResponse(stream: ReplyStream, callback: (fault: unknown, result?: unknown) => void): void;
  }
}
declare module 'xmlrpc/lib/customtype.js' {
  export default class CustomType {
    constructor(raw: string);
    tagName: string;
  }
}
