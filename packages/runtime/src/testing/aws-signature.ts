import { createHash, createHmac } from 'node:crypto';

/** A request as a server of AWS gets it. Header names are lower case. */
export interface ReceivedRequest {
  readonly method: string;
  /** With its query, as it stood on the wire. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<id>[^/]+)\/(?<scope>[^,]+), SignedHeaders=(?<signed>[^,]+), Signature=(?<signature>[0-9a-f]{64})$/;

/**
 * The other end of AWS Signature Version 4, written from its description alone (AWS Identity and Access Management User
 * Guide, "Create a signed AWS API request"): whether the signature is that of the request, made with this secret.
 */
export function signatureHolds({ method, path, headers, body }: ReceivedRequest, secretAccessKey: string): boolean {
  const { scope = '', signed = '', signature } = AUTHORIZATION.exec(headers.authorization ?? '')?.groups ?? {};
  const [target = '', query = ''] = path.split('?');
  const canonical = [
    method,
    target.split('/').map(encoded).join('/'),
    query.split('&').sort().join('&'),
    ...signed.split(';').map((name) => `${name}:${headers[name]}`),
    '',
    signed,
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  let key: Uint8Array = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  return createHmac('sha256', key).update(toSign).digest('hex') === signature;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function encoded(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
