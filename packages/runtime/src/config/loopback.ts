/** Hosts that may be asked without TLS: what is said on this machine nobody else hears. */
const HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);

export function isLoopback(hostname: string): boolean {
  return HOSTS.has(hostname);
}
