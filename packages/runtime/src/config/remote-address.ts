import { readUrl } from '@sallyport/core';
import { readPem } from './pem-file.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import { Secret } from './secret.ts';
import { readSecret, type SecretContext } from './secret-source.ts';

type RemoteOptions = ConfigFile['mcp']['servers'][string];

interface RemoteContext extends SecretContext {
  /** Reports at a member of what is configured. */
  readonly complain: (member: readonly PropertyKey[], message: string) => void;
}

/** Headers that the transport makes: another value would say something else than the body. */
const OWN_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'last-event-id',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const SECRET_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization']);
/** Of the protocols' own headers. */
const OWN_PREFIX = /^(?:mcp|a2a)-/;

/** The headers that a configuration gives to requests, secrets read. */
export function headersOf(
  { headers, secretHeaders }: Pick<RemoteOptions, 'headers' | 'secretHeaders'>,
  context: RemoteContext,
): Readonly<Record<string, Secret>> {
  const all: Record<string, Secret> = {};
  const refuse = (member: string, name: string) => {
    if (OWN_HEADERS.has(name) || OWN_PREFIX.test(name)) {
      context.complain([member, name], 'is a header that the gateway makes itself');
    }
  };
  for (const [name, value] of Object.entries(headers)) {
    refuse('headers', name);
    if (SECRET_HEADERS.has(name)) context.complain(['headers', name], 'is a secret: use `secretHeaders`');
    all[name] = new Secret(value);
  }
  for (const [name, { prefix = '', ...source }] of Object.entries(secretHeaders)) {
    refuse('secretHeaders', name);
    if (Object.hasOwn(headers, name)) context.complain(['secretHeaders', name], 'stands in `headers` too');
    const secret = readSecret(source, context);
    if (secret instanceof Secret) all[name] = new Secret(`${prefix}${secret.reveal()}`);
    else context.complain(['secretHeaders', name], secret.message);
  }
  return all;
}

/** The authorities that a certificate is checked with, PEM. */
export function authorityOf(
  { ca }: Pick<RemoteOptions, 'ca'>,
  context: SecretContext & { readonly path: readonly string[]; readonly report: Report },
): string | undefined {
  if (ca === undefined) return undefined;
  return readPem('certificate', { file: ca, path: [...context.path, 'ca'] }, context)?.pem;
}

/** An address that configuration may name. */
export function checkedAddress(text: string): { readonly url: string } | { readonly message: string } {
  const url = readUrl(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return { message: 'must be an http or https address' };
  if (url.username !== '' || url.password !== '') return { message: 'must not hold credentials: use `secretHeaders`' };
  if (url.hash !== '') return { message: 'must not have a fragment' };
  return { url: url.href };
}
