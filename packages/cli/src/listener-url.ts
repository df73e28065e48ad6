import type { Config } from '@sallyport/runtime';

/** Addresses that mean every interface: there is no speaking to them. */
const EVERY_INTERFACE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Where a listener of this machine is reached, without a final slash. */
export function listenerUrl({ host, port, tls }: Config['listen' | 'admin']): string {
  const address = EVERY_INTERFACE[host] ?? host;
  return `${tls === undefined ? 'http' : 'https'}://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
