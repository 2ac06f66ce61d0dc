/**
 * Guards against DNS rebinding and cross-site requests: which `Host` and `Origin` headers are ours
 * (design, section 7).
 */
export interface HostCheck {
  /**
   * `host`: the header as it came, undefined when missing. `localAddress`: where the connection came in; a
   * listener on all addresses is reached by each of them, and no DNS name can pose as a bare address.
   */
  acceptsHost(host: string | undefined, httpVersion: string, origin: string | undefined, localAddress: string): boolean;
  /** No Origin: not a browser. The listener's own origin and configured ones are accepted. */
  acceptsOrigin(origin: string | undefined, host: string | undefined): boolean;
  /** Configured origins only: these get CORS headers. */
  isConfiguredOrigin(origin: string): boolean;
}

/** How many different Host headers the answer is remembered for. */
const cacheSize = 64;

export function createHostCheck(address: string, hosts: readonly string[], origins: readonly string[]): HostCheck {
  const names = new Set(['localhost', '127.0.0.1', '::1', address, ...hosts].map(normalise));
  const allowedOrigins = new Set(origins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  const known = new Map<string, boolean>();

  const acceptsHost: HostCheck['acceptsHost'] = (host, httpVersion, origin, localAddress) => {
    // RFC 9112, 3.2: a server MUST respond with 400 to an HTTP/1.1 request without Host; in HTTP/1.0 it may be missing.
    if (host === undefined || host === '') return httpVersion === '1.0' && origin === undefined;
    const cached = known.get(host);
    if (cached !== undefined) return cached;
    const name = normalise(hostName(host));
    const accepted = names.has(name) || name === localAddress;
    if (accepted && known.size < cacheSize) known.set(host, accepted);
    return accepted;
  };

  return {
    acceptsHost,
    acceptsOrigin(origin, host) {
      if (origin === undefined) return true;
      const lower = origin.toLowerCase();
      if (allowedOrigins.has(lower)) return true;
      return (
        host !== undefined && (lower === `http://${host.toLowerCase()}` || lower === `https://${host.toLowerCase()}`)
      );
    },
    isConfiguredOrigin: (origin) => allowedOrigins.has(origin.toLowerCase()),
  };
}

/** `[::1]:8090` → `::1`, `localhost:8090` → `localhost`. */
function hostName(host: string): string {
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'));
  const colon = host.indexOf(':');
  return colon === -1 ? host : host.slice(0, colon);
}

function normalise(name: string): string {
  return name
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}
