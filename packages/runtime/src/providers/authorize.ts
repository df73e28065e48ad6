import type { SigningKeys, UnsignedRequest } from './sign-request.ts';
import { signRequest } from './sign-request.ts';
import type { VendorAuth } from './vendors.ts';

/** Headers by which a provider knows its customer: made per request, since a signature covers it. */
export type Authorize = (request: UnsignedRequest) => Readonly<Record<string, string>>;

export interface Credentials {
  readonly key?: string | undefined;
  /** In place of a key, where the vendor wants signatures. */
  readonly signing?: SigningKeys | undefined;
}

/**
 * How calls to a vendor are authorised; without credentials they carry none.
 * @param nowMs milliseconds since the epoch
 */
export function authorizeWith(
  auth: VendorAuth,
  { key, signing }: Credentials,
  nowMs: () => number = Date.now,
): Authorize {
  if (signing !== undefined) return (request) => signRequest(request, signing, nowMs());
  const headers = key === undefined ? {} : keyHeader(auth, key);
  return () => headers;
}

function keyHeader(auth: VendorAuth, key: string): Readonly<Record<string, string>> {
  // Amazon's own API keys go where others' do (Amazon Bedrock User Guide, "Use an Amazon Bedrock API key").
  return auth === 'bearer' || auth === 'sigv4' ? { authorization: `Bearer ${key}` } : { [auth]: key };
}
