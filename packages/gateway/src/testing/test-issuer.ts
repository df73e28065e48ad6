import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestIssuer {
  readonly url: string;
  /** A token (JWT) of the issuer. */
  token(claims: object): string;
  close(): Promise<void>;
}

/** An issuer of tokens on this machine, with one key. */
export async function testIssuer(): Promise<TestIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' };
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token: (claims) => signedToken({ iss: url, aud: 'sallyport', ...times(), ...claims }, privateKey, 'one'),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Signed with ES256 (RFC 7515): by node's own crypto, not by the library that verifies. */
export function signedToken(claims: object, key: KeyObject, kid?: string): string {
  const header = { alg: 'ES256', typ: 'JWT', ...(kid !== undefined && { kid }) };
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

/** Good for a minute from now. */
export function times(): { readonly iat: number; readonly exp: number } {
  const iat = Math.floor(Date.now() / 1_000);
  return { iat, exp: iat + 60 };
}
