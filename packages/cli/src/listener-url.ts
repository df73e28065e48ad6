import { readUrl } from '@sallyport/core';
import type { Config } from '@sallyport/runtime';

/** Addresses that mean every interface: there is no speaking to them. */
const EVERY_INTERFACE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Where a listener of this machine is reached, without a final slash. */
export function listenerUrl({ host, port, tls }: Config['listen' | 'admin']): string {
  const address = EVERY_INTERFACE[host] ?? host;
  return `${tls === undefined ? 'http' : 'https'}://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Where the data plane of the gateway that runs is reached, or why that is not known. @param named address that somebody gave */
export function dataPlane(
  { listen }: Pick<Config, 'listen'>,
  named: string | undefined,
): { readonly url: string } | { readonly lacks: string } {
  if (named !== undefined) {
    const url = originOf(named);
    return url === undefined ? { lacks: '`--url` is no address such as `https://gateway.example.org:8787`' } : { url };
  }
  if (listen.port === 0) return { lacks: 'the gateway picks its port itself: say which with `--port`' };
  return { url: listenerUrl(listen) };
}

/** The address of a listener that somebody gave: without a path, and without a credential. */
export function originOf(text: string): string | undefined {
  const url = readUrl(text);
  const isAddress = (url?.protocol === 'https:' || url?.protocol === 'http:') && url.pathname === '/';
  return isAddress && url.username === '' && url.password === '' ? url.origin : undefined;
}
