import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { IssuerConfig } from '../config/index.ts';

type SigningKey = Awaited<ReturnType<typeof generateKeyPair>>;

/** How the issuer answers when it is asked for its keys. */
export type Mood = 'well' | 'hanging' | 'garbage' | 'huge' | 'redirecting' | 'failing' | 'duplicated' | 'secret';

export interface LocalIssuer {
  readonly url: string;
  /** Requests for keys and for discovery. */
  readonly asked: { jwks: number; discovery: number };
  mood: Mood;
  /** It was asked for its keys, and will never answer. */
  onHanging: () => void;
  /** What discovery says where the keys are; the issuer itself by default. */
  jwksUri: string;
  /** Another key signs from now on; @param keep whether the keys before are still published */
  rotate(kid: string, keep: boolean): Promise<void>;
  sign(claims: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  /** The key that signs now. */
  key(): SigningKey;
  /** As the gateway would be configured for it. */
  config(over?: Partial<IssuerConfig>): IssuerConfig;
  close(): Promise<void>;
}

const ALG = 'ES256';
const HUGE_BYTES = 4_000_000;

/** A real issuer of tokens on this machine: discovery, a key set, keys that rotate, and ways to misbehave. */
export async function localIssuer(): Promise<LocalIssuer> {
  let signing: { readonly kid: string; readonly pair: SigningKey };
  let published: object[] = [];
  const asked = { jwks: 0, discovery: 0 };
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const issuer: LocalIssuer = {
    url,
    asked,
    mood: 'well',
    onHanging: () => undefined,
    jwksUri: `${url}/jwks`,
    rotate: async (kid, keep) => {
      const pair = await generateKeyPair(ALG, { extractable: true });
      signing = { kid, pair };
      published = [...(keep ? published : []), { ...(await exportJWK(pair.publicKey)), kid, alg: ALG, use: 'sig' }];
    },
    sign: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: ALG, kid: signing.kid, typ: 'JWT', ...header })
        .sign(signing.pair.privateKey),
    key: () => signing.pair,
    config: (over = {}) => ({
      name: 'corp',
      issuer: url,
      audiences: ['sallyport'],
      keysAt: { jwks: `${url}/jwks` },
      algorithms: ['ES256', 'RS256'],
      clockToleranceMs: 0,
      maxAgeMs: undefined,
      require: {},
      claims: { id: 'sub', tenant: undefined, groups: 'groups', kind: undefined },
      kind: 'user',
      kinds: {},
      tenant: 'default',
      prefix: 'corp:',
      scope: undefined,
      keysMaxAgeMs: 600_000,
      keysStaleMs: 3_600_000,
      ...over,
    }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const isKeys = request.url === '/jwks';
    asked[isKeys ? 'jwks' : 'discovery'] += 1;
    if (!isKeys) send(response, JSON.stringify({ issuer: url, jwks_uri: issuer.jwksUri }));
    else if (issuer.mood === 'failing') response.writeHead(500).end();
    else if (issuer.mood === 'redirecting') response.writeHead(302, { location: `${url}/elsewhere` }).end();
    else if (issuer.mood === 'hanging') issuer.onHanging();
    else send(response, keysIn(issuer.mood));
  }

  function keysIn(mood: Mood): string {
    switch (mood) {
      case 'garbage':
        return '<html>not keys</html>';
      case 'huge':
        return JSON.stringify({ keys: published, padding: 'x'.repeat(HUGE_BYTES) });
      case 'duplicated':
        return `{"keys":[],"keys":${JSON.stringify(published)}}`;
      case 'secret':
        return JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: signing.kid, alg: 'HS256' }] });
      default:
        return JSON.stringify({ keys: published });
    }
  }

  await issuer.rotate('first', false);
  return issuer;
}

function send(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}
