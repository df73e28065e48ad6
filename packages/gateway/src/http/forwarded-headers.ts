import type { IncomingHttpHeaders } from 'node:http';

/** Headers of one connection, never passed on (RFC 9110, section 7.6.1), and those that the gateway sets itself. */
const OWN = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Where clients put credentials: none of them ever reaches a provider. */
const CREDENTIALS = new Set(['authorization', 'api-key', 'x-api-key', 'x-goog-api-key', 'cookie']);

type Headers = Record<string, string | readonly string[]>;

/** What of a client's headers goes on to the provider. The answer is asked for uncompressed, since it must be read. */
export function forwardedHeaders(headers: IncomingHttpHeaders): Headers {
  const named = connectionNamed(headers.connection);
  const forwarded: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || OWN.has(name) || CREDENTIALS.has(name) || named.has(name)) continue;
    if (name.startsWith('x-sallyport-')) continue;
    forwarded[name] = value;
  }
  forwarded['accept-encoding'] = 'identity';
  return forwarded;
}

function connectionNamed(connection: string | undefined): ReadonlySet<string> {
  return new Set(
    (connection ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
}
