import { readUrl } from '@sallyport/core';
import type { OpenHouse } from '@sallyport/runtime';
import type { FastifyRequest } from 'fastify';
import type { Listener } from '../tls/listener-tls.ts';

/** Whether a Host (and an Origin, where there is one) names this listener: DNS rebinding and cross-site requests arrive under another name. */
export function isAddressedHere(
  { headers }: Pick<FastifyRequest, 'headers'>,
  { host, port, names: more }: OpenHouse['config']['admin'],
  scheme: Listener['scheme'],
): boolean {
  const names = new Set([host, 'localhost', '127.0.0.1', '[::1]']);
  const before = `${scheme}://`;
  const usual = scheme === 'https' ? 443 : 80;
  const fits = (authority: string) => {
    const url = readUrl(`${before}${authority}`);
    if (url === undefined) return false;
    // Behind a name of its own there may be a port of its own: what stands before the gateway maps it.
    if (more.some((name) => name.toLowerCase() === url.hostname)) return true;
    return names.has(url.hostname) && (port === 0 || Number(url.port || usual) === port);
  };
  if (!fits(headers.host ?? '')) return false;
  const { origin } = headers;
  return origin === undefined || (origin.startsWith(before) && fits(origin.slice(before.length)));
}
