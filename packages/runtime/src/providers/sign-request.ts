import { hash } from 'node:crypto';
import aws4 from 'aws4';

/** An AWS identity and where its signature holds. */
export interface SigningKeys {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

/** A request as it will stand on the wire, without what proves who sends it. */
export interface UnsignedRequest {
  readonly method: string;
  /** Whole path with its query, encoded as it will be sent. */
  readonly path: string;
  /** With its port where that is not the scheme's own. */
  readonly host: string;
  readonly body: Uint8Array;
}

/** The name under which both `bedrock` and `bedrock-runtime` take signatures. */
const SERVICE = 'bedrock';

/**
 * Headers that sign a request by AWS Signature Version 4. The path is encoded once more for the signature, as every service
 * but S3 wants it: `%3A` in a model's id is signed as `%253A`.
 * Source: AWS Identity and Access Management User Guide, "Create a signed AWS API request".
 * Cost: one SHA-256 over the body; the day's signing key is kept by the library.
 * @param nowMs milliseconds since the epoch; AWS refuses what is more than five minutes off
 */
export function signRequest(
  { method, path, host, body }: UnsignedRequest,
  { region, ...credentials }: SigningKeys,
  nowMs: number,
): Readonly<Record<string, string>> {
  const headers = {
    host,
    'x-amz-content-sha256': hash('sha256', body, 'hex'),
    'x-amz-date': new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    ...(credentials.sessionToken !== undefined && { 'x-amz-security-token': credentials.sessionToken }),
  };
  const { headers: signed } = aws4.sign({ method, path, service: SERVICE, region, headers }, credentials);
  return { ...headers, authorization: String(signed?.Authorization) };
}
