import { readUrl } from '@sallyport/core';
import type { ConfigFile } from './schema.ts';

/** What is said of such an address. */
export const LEADS_BACK = 'leads back to this gateway: give the address of the server itself';

/**
 * Whether an address is one at which the gateway itself answers: a server there would ask the gateway, which would ask it again.
 * What a name stands for is not looked up; a listener on a port that is picked at its start has no address yet.
 */
export function leadsBack(
  address: string,
  { listen, admin, mcp }: Pick<ConfigFile, 'listen' | 'admin' | 'mcp'>,
): boolean {
  const url = readUrl(address);
  if (url === undefined) return false;
  const { publicUrl } = mcp.authorization;
  if (publicUrl !== undefined && readUrl(publicUrl)?.origin === url.origin) return true;
  const host = url.hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port);
  return [listen, admin].some(
    (listener) => listener.port === port && (listener.host === host || (isHere(host) && isHere(listener.host))),
  );
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Whether this machine is reached by it from itself, whatever its name elsewhere. */
function isHere(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '::' || host === '0.0.0.0' || host.startsWith('127.');
}
