import type { IncomingHttpHeaders } from 'node:http';

/** Headers of one connection, never passed on (RFC 9110, section 7.6.1), and those that the gateway sets itself. */
const OWN = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Where clients put credentials: none of them ever reaches a provider. */
const CREDENTIALS = new Set([
  'authorization',
  'api-key',
  'x-api-key',
  'x-auth-token',
  'x-goog-api-key',
  'x-amz-security-token',
  'ocp-apim-subscription-key',
  'cookie',
]);

/**
 * What only a proxy may say of a client, what asks a server to read the request as another, sums of bytes that change, and
 * what belongs to the client's own signature or to its own count of attempts.
 */
const NOT_THEIRS = new Set([
  'content-digest',
  'content-md5',
  'digest',
  'forwarded',
  'range',
  'smithy-protocol',
  'via',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-decoded-content-length',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-target',
  'x-amz-trailer',
  'x-http-method',
  'x-method-override',
  'x-real-ip',
  'x-rewrite-url',
]);
const NOT_THEIRS_FAMILIES = [
  'amz-sdk-',
  'proxy-',
  'x-amz-checksum-',
  'x-forwarded-',
  'x-http-method-',
  'x-original-',
  'x-sallyport-',
];

/** A shorter secret may stand in any header by chance. */
const TELLING_CHARS = 8;

type Headers = Record<string, string | readonly string[]>;

/**
 * What of a client's headers goes on to the provider. The answer is asked for uncompressed, since it must be read.
 * @param secret of the gateway key: a header that holds it stays here, whatever its name
 */
export function forwardedHeaders(headers: IncomingHttpHeaders, secret: string): Headers {
  const named = connectionNamed(headers.connection);
  const forwarded: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || OWN.has(name) || CREDENTIALS.has(name) || named.has(name)) continue;
    if (NOT_THEIRS.has(name) || NOT_THEIRS_FAMILIES.some((family) => name.startsWith(family))) continue;
    if (secret.length >= TELLING_CHARS && value.includes(secret)) continue;
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
