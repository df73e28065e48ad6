import { readUrl } from '@sallyport/core';
import type { Config } from './config.ts';
import type { ProviderContext } from './provider-context.ts';

/** The address without its final slash, or nothing when there is something wrong with it. */
export function resolveBaseUrl(address: string | undefined, context: ProviderContext): string | undefined {
  const checked = address === undefined ? { message: 'is required' } : checkedBaseUrl(address, context.listen);
  if ('url' in checked) return checked.url;
  context.report({ path: ['providers', context.name, 'baseUrl'] }, checked.message);
  return undefined;
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '[::]']);

function checkedBaseUrl(
  text: string,
  listen: Pick<Config['listen'], 'host' | 'port'>,
): { url: string } | { message: string } {
  const url = readUrl(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return { message: 'must be an http or https address' };
  if (url.username !== '' || url.password !== '') return { message: 'must not hold credentials: use `key`' };
  if (url.search !== '' || url.hash !== '') return { message: 'must not have a query or a fragment' };
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (port === listen.port && (LOOPBACK.has(url.hostname) || url.hostname === listen.host)) {
    return { message: 'leads back to this gateway' };
  }
  return { url: url.href.replace(/\/+$/, '') };
}
