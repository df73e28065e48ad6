import { createHmac } from 'node:crypto';
import { isFault } from '@sallyport/core';
import { base64url, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IssuerConfig } from '../config/index.ts';
import { type LocalIssuer, localIssuer, type Mood } from '../testing/local-issuer.ts';
import { createJsonFetcher } from './fetch-json.ts';
import { type IssuerNews, RETRY_AFTER_MS, UNKNOWN_KEY_MS } from './issuer-keys.ts';
import { TokenVerifier } from './token-verifier.ts';

/** Claims; `undefined` leaves one out. */
type Said = { readonly [Claim in keyof JWTPayload]: JWTPayload[Claim] | undefined };

const START_MS = Date.parse('2026-06-01T12:00:00Z');
const START_S = START_MS / 1_000;
/** Nothing waits for so long: whoever waits for the issuer gives up as soon as that hangs. */
const FETCH_MS = 60_000;

let issuer: LocalIssuer;
let nowMs: number;
let news: IssuerNews[];
/** Whoever waits for a first word of news. */
let heard: () => void;
/** Fetches that are under way, each with what is over when its time is. */
let waiting: AbortController[];
const fetchers: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  issuer = await localIssuer();
  nowMs = 0;
  news = [];
  heard = () => undefined;
  waiting = [];
  issuer.onHanging = () => {
    for (const controller of waiting) controller.abort(new DOMException('too late', 'TimeoutError'));
  };
});

afterEach(async () => {
  await issuer.close();
  for (const fetcher of fetchers.splice(0)) await fetcher.close();
});

function verifier(over: Partial<IssuerConfig> = {}, maxTokenBytes = 8_192): TokenVerifier {
  const fetcher = createJsonFetcher(FETCH_MS, (ms) => {
    const controller = new AbortController();
    if (ms === FETCH_MS) waiting.push(controller);
    return controller.signal;
  });
  fetchers.push(fetcher);
  return new TokenVerifier({
    identity: { issuers: [issuer.config(over)], maxTokenBytes },
    hashCredential: (secret) => createHmac('sha256', 'test').update(secret).digest('hex'),
    fetcher,
    clock: { nowMs: () => nowMs, dateMs: () => START_MS + nowMs },
    onNews: (one) => {
      news.push(one);
      heard();
    },
  });
}

const claims = (over: Said = {}): JWTPayload => {
  const said = { iss: issuer.url, aud: 'sallyport', sub: 'ann', iat: START_S, exp: START_S + 3_600, ...over };
  return said as JWTPayload;
};

const ANN = { principal: { kind: 'user', id: 'corp:ann', tenant: 'default', groups: [] }, certificate: undefined };

describe('TokenVerifier', () => {
  it('says who a token stands for, as configuration maps its claims', async () => {
    const token = await issuer.sign(
      claims({ roles: { app: ['finance', 'staff'] }, tid: 'acme', gty: 'client-credentials', azp: 'billing' }),
    );
    const mapped = verifier({
      claims: { id: 'azp', tenant: 'tid', groups: '/roles/app', kind: 'gty' },
      kinds: { 'client-credentials': 'service' },
      scope: { routes: ['main'] },
    });
    expect(await mapped.verify(token)).toEqual({
      principal: {
        kind: 'service',
        id: 'corp:billing',
        tenant: 'acme',
        groups: ['finance', 'staff'],
        scope: { routes: ['main'] },
      },
      certificate: undefined,
      client: 'billing',
    });
  });

  it.each([
    [{ scope: 'read  write' }, { scopes: ['read', 'write'] }],
    [{ scp: ['read'] }, { scopes: ['read'] }],
    [
      { scope: '', client_id: 'app', azp: 'other' },
      { scopes: [], client: 'app' },
    ],
    [{ scope: 7, client_id: 'two words' }, {}],
    [{ scp: ['read', 7] }, {}],
  ])('says of %j what it may be used for, and by which application', async (over, uses) => {
    expect(await verifier().verify(await issuer.sign(claims(over as Said)))).toEqual({ ...ANN, ...uses });
  });

  it('goes by the keys that another one fetches', async () => {
    const first = verifier();
    await first.verify(await issuer.sign(claims()));
    const second = new TokenVerifier({
      identity: { issuers: [issuer.config({ audiences: ['another'] })], maxTokenBytes: 8_192 },
      hashCredential: (secret) => secret,
      fetcher: { fetch: () => Promise.resolve({ failed: 'never asked' }), close: () => Promise.resolve() },
      keys: first.keys,
      clock: { nowMs: () => nowMs, dateMs: () => START_MS + nowMs },
      onNews: (one) => news.push(one),
    });
    expect(await second.verify(await issuer.sign(claims({ aud: 'another' })))).toEqual(ANN);
    expect(await second.verify(await issuer.sign(claims()))).toEqual({ fault: 'TOKEN_INVALID' });
  });

  it('verifies a token once: it is known without waiting until it expires, and refused from then on', async () => {
    const tokens = verifier({ keysMaxAgeMs: 9_000_000, keysStaleMs: 9_000_000 });
    const token = await issuer.sign(claims());
    expect(tokens.verify(token)).toBeInstanceOf(Promise);
    expect(await tokens.verify(token)).toEqual(ANN);
    expect(tokens.verify(token)).toEqual(ANN);
    nowMs = 3_600_000 - 1;
    expect(tokens.verify(token)).toEqual(ANN);
    nowMs += 1;
    expect(tokens.verify(token)).toEqual({ fault: 'TOKEN_EXPIRED' });
    expect(issuer.asked.jwks).toBe(1);
  });

  it.each<[string, Said, string]>([
    ['another audience', { aud: 'somebody' }, 'TOKEN_INVALID'],
    ['no audience', { aud: undefined }, 'TOKEN_INVALID'],
    ['another issuer', { iss: 'https://evil.example' }, 'TOKEN_INVALID'],
    ['an issuer that is a list', { iss: ['x'] as unknown as string }, 'TOKEN_INVALID'],
    ['no end', { exp: undefined }, 'TOKEN_INVALID'],
    ['an end that is past', { exp: START_S }, 'TOKEN_EXPIRED'],
    ['a beginning to come', { nbf: START_S + 1 }, 'TOKEN_EXPIRED'],
    ['an end that is no number', { exp: '9999999999' as unknown as number }, 'TOKEN_INVALID'],
    ['no subject', { sub: undefined }, 'TOKEN_INVALID'],
    ['an empty subject', { sub: '' }, 'TOKEN_INVALID'],
    ['a subject with a line break', { sub: 'ann\nadmin' }, 'TOKEN_INVALID'],
    ['a subject that cannot be seen', { sub: 'ann\u200b' }, 'TOKEN_INVALID'],
    ['a subject that is too long', { sub: 'a'.repeat(257) }, 'TOKEN_INVALID'],
    ['groups that are no words', { groups: ['staff', 3] }, 'TOKEN_INVALID'],
    ['more groups than can be', { groups: Array.from({ length: 257 }, (_, at) => `g${at}`) }, 'TOKEN_INVALID'],
    ['an actor without a name', { act: {} }, 'TOKEN_INVALID'],
    ['an actor of another issuer', { act: { sub: 'planner', iss: 'https://elsewhere.example' } }, 'TOKEN_INVALID'],
    ['a binding that nobody can check', { cnf: { jkt: 'A'.repeat(43) } }, 'TOKEN_INVALID'],
  ])('refuses a token with %s', async (_what, over, fault) => {
    expect(await verifier().verify(await issuer.sign(claims(over)))).toEqual({ fault });
  });

  it('takes one of several audiences, and up to 256 groups', async () => {
    const groups = Array.from({ length: 256 }, (_, at) => `g${at}`);
    const known = await verifier().verify(await issuer.sign(claims({ aud: ['other', 'sallyport'], groups })));
    expect(known).toEqual({ ...ANN, principal: { ...ANN.principal, groups } });
  });

  it('refuses what must have been said and was not', async () => {
    const strict = verifier({ require: { scope: ['gateway'], '/org/unit': ['sales', 'ops'] } });
    expect(await strict.verify(await issuer.sign(claims({ scope: 'gateway', org: { unit: ['dev', 'ops'] } })))).toEqual(
      { ...ANN, scopes: ['gateway'] },
    );
    for (const over of [
      {},
      { scope: 'gateway' },
      { scope: 'gateway', org: { unit: 'dev' } },
      { scope: ['x'], org: {} },
    ]) {
      expect(await strict.verify(await issuer.sign(claims(over)))).toEqual({ fault: 'TOKEN_INVALID' });
    }
    const tenanted = verifier({ claims: { id: 'sub', tenant: 'tid', groups: undefined, kind: undefined } });
    expect(await tenanted.verify(await issuer.sign(claims()))).toEqual({ fault: 'TOKEN_INVALID' });
  });

  it('refuses tokens older than `maxAgeMs`, remembered or not', async () => {
    const tokens = verifier({ maxAgeMs: 60_000 });
    const token = await issuer.sign(claims());
    expect(await tokens.verify(token)).toEqual(ANN);
    nowMs = 60_000;
    expect(tokens.verify(token)).toEqual({ fault: 'TOKEN_EXPIRED' });
    expect(await tokens.verify(await issuer.sign(claims({ iat: START_S - 1 })))).toEqual({ fault: 'TOKEN_EXPIRED' });
    expect(await tokens.verify(await issuer.sign(claims({ iat: undefined })))).toEqual({ fault: 'TOKEN_INVALID' });
  });

  it('bounds the size of a token: at the limit it is read, one character beyond it is not', async () => {
    const token = await issuer.sign(claims());
    expect(await verifier({}, token.length).verify(token)).toEqual(ANN);
    expect(verifier({}, token.length - 1).verify(token)).toEqual({ fault: 'TOKEN_INVALID' });
  });

  it('knows whom an agent acts for (RFC 8693), and not who acted before', async () => {
    const token = await issuer.sign(
      claims({ groups: ['staff'], act: { sub: 'planner', iss: issuer.url, act: { sub: 'older' } } }),
    );
    expect(await verifier().verify(token)).toEqual({
      principal: { kind: 'agent', id: 'corp:planner', tenant: 'default', groups: [] },
      user: { id: 'corp:ann', tenant: 'default', groups: ['staff'] },
      certificate: undefined,
    });
  });

  it('says to which certificate a token is bound (RFC 8705)', async () => {
    const token = await issuer.sign(claims({ cnf: { 'x5t#S256': 'A'.repeat(43) } }));
    expect(await verifier().verify(token)).toEqual({ ...ANN, certificate: 'A'.repeat(43) });
  });
});

describe('forged tokens', () => {
  const forge = (header: object, payload: object, signature = 'AAAA') =>
    [header, payload]
      .map((part) => base64url.encode(JSON.stringify(part)))
      .join('.')
      .concat('.', signature);

  it('`alg` none is refused, with and without a signature', async () => {
    const unsecured = new UnsecuredJWT(claims()).encode();
    expect(await verifier().verify(unsecured)).toEqual({ fault: 'TOKEN_INVALID' });
    for (const alg of ['none', 'None', 'NONE', '']) {
      expect(await verifier().verify(forge({ alg, kid: 'first' }, claims()))).toEqual({ fault: 'TOKEN_INVALID' });
    }
    expect(issuer.asked.jwks).toBe(0);
  });

  it('a public key is never taken for a secret (HS256 with it)', async () => {
    const pem = await exportSPKI(issuer.key().publicKey);
    const jwk = JSON.stringify(await exportJWK(issuer.key().publicKey));
    for (const secret of [pem, pem.trim(), jwk]) {
      const token = await new SignJWT(claims())
        .setProtectedHeader({ alg: 'HS256', kid: 'first' })
        .sign(new TextEncoder().encode(secret));
      expect(await verifier().verify(token)).toEqual({ fault: 'TOKEN_INVALID' });
    }
  });

  it('a secret key that an issuer publishes verifies nothing', async () => {
    issuer.mood = 'secret';
    const token = await issuer.sign(claims());
    expect(await verifier().verify(token)).toEqual({ fault: 'IDENTITY_UNAVAILABLE' });
  });

  it('keys that a token brings along, or leads to, are not its keys', async () => {
    const mine = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(mine.publicKey);
    for (const header of [{ jwk }, { jku: `${issuer.url}/elsewhere` }, { x5u: `${issuer.url}/elsewhere` }]) {
      const token = await new SignJWT(claims())
        .setProtectedHeader({ alg: 'ES256', kid: 'first', ...header })
        .sign(mine.privateKey);
      expect(await verifier().verify(token)).toEqual({ fault: 'TOKEN_INVALID' });
    }
    expect(issuer.asked.discovery).toBe(0);
  });

  it('a name of a key is compared and nothing else', async () => {
    for (const kid of ['../../../dev/null', "first' OR '1'='1", 'first\0', 'http://127.0.0.1:1/', 'x'.repeat(256)]) {
      expect(await verifier().verify(await issuer.sign(claims(), { kid }))).toEqual({ fault: 'TOKEN_INVALID' });
    }
    expect(await verifier().verify(await issuer.sign(claims(), { kid: 'x'.repeat(257) }))).toEqual({
      fault: 'TOKEN_INVALID',
    });
  });

  it('an algorithm that configuration does not name is refused, though the issuer has the key', async () => {
    expect(await verifier({ algorithms: ['RS256'] }).verify(await issuer.sign(claims()))).toEqual({
      fault: 'TOKEN_INVALID',
    });
  });

  it('another signature, or another text under it, is refused', async () => {
    const [head, , signature] = (await issuer.sign(claims())).split('.');
    const [, body] = (await issuer.sign(claims({ sub: 'root' }))).split('.');
    expect(await verifier().verify(`${head}.${body}.${signature}`)).toEqual({ fault: 'TOKEN_INVALID' });
  });
});

describe('keys of an issuer', () => {
  it('are found by discovery, at the host that configuration names and at no other', async () => {
    const keysAt = { discovery: `${issuer.url}/.well-known/openid-configuration` };
    expect(await verifier({ keysAt }).verify(await issuer.sign(claims()))).toEqual(ANN);
    expect(issuer.asked).toEqual({ jwks: 1, discovery: 1 });
    issuer.jwksUri = 'http://127.0.0.1:1/jwks';
    expect(await verifier({ keysAt }).verify(await issuer.sign(claims()))).toEqual({ fault: 'IDENTITY_UNAVAILABLE' });
    expect(news).toMatchObject([{ kind: 'issuer-unreachable', reason: expect.stringContaining('another host') }]);
    const foreign = verifier({ keysAt, issuer: 'https://other.example' });
    expect(await foreign.verify(await issuer.sign(claims({ iss: 'https://other.example' })))).toEqual({
      fault: 'IDENTITY_UNAVAILABLE',
    });
    expect(issuer.asked.jwks).toBe(1);
  });

  it('are fetched once for many tokens that come at once', async () => {
    const tokens = verifier();
    const signed = await Promise.all(Array.from({ length: 20 }, (_, at) => issuer.sign(claims({ jti: String(at) }))));
    const known = await Promise.all(signed.map((token) => tokens.verify(token)));
    expect(known.every((one) => !isFault(one))).toBe(true);
    expect(issuer.asked.jwks).toBe(1);
  });

  it('rotate: a token by a new key fetches them again, and one by a key that is gone is refused, remembered or not', async () => {
    const tokens = verifier();
    const old = await issuer.sign(claims());
    expect(await tokens.verify(old)).toEqual(ANN);
    await issuer.rotate('second', false);
    expect(await tokens.verify(await issuer.sign(claims()))).toEqual(ANN);
    expect(issuer.asked.jwks).toBe(2);
    expect(await tokens.verify(old)).toEqual({ fault: 'TOKEN_INVALID' });
  });

  it('are not fetched by whoever makes up names of keys, more often than the bound says', async () => {
    const tokens = verifier();
    await tokens.verify(await issuer.sign(claims()));
    for (let at = 0; at < 50; at += 1) {
      expect(await tokens.verify(await issuer.sign(claims(), { kid: `made-up-${at}` }))).toEqual({
        fault: 'TOKEN_INVALID',
      });
    }
    expect(issuer.asked.jwks).toBe(2);
    nowMs += UNKNOWN_KEY_MS;
    await tokens.verify(await issuer.sign(claims(), { kid: 'made-up' }));
    expect(issuer.asked.jwks).toBe(3);
  });

  it('are fetched again beside when they are old, and tokens wait for nothing', async () => {
    const tokens = verifier({ keysMaxAgeMs: 60_000 });
    const token = await issuer.sign(claims());
    await tokens.verify(token);
    nowMs = 60_000;
    expect(tokens.verify(token)).toEqual(ANN);
    await expect.poll(() => issuer.asked.jwks).toBe(2);
  });

  it.each<Mood>(['hanging', 'garbage', 'huge', 'redirecting', 'failing', 'duplicated'])(
    'of an issuer that is %s: those that are there serve for the time that configuration says, and then none',
    async (mood) => {
      const tokens = verifier({ keysMaxAgeMs: 60_000, keysStaleMs: 120_000 });
      const token = await issuer.sign(claims());
      expect(await tokens.verify(token)).toEqual(ANN);
      issuer.mood = mood;
      const firstNews = new Promise<void>((resolve) => {
        heard = resolve;
      });
      nowMs = 119_999;
      expect(tokens.verify(token)).toEqual(ANN);
      expect(await tokens.verify(await issuer.sign(claims({ jti: 'new' })))).toEqual(ANN);
      await firstNews;
      expect(news).toMatchObject([{ kind: 'issuer-unreachable', issuer: 'corp', servesMs: 1 }]);
      nowMs = 120_000 + RETRY_AFTER_MS;
      expect(await tokens.verify(token)).toEqual({ fault: 'IDENTITY_UNAVAILABLE' });
      expect(await tokens.verify(await issuer.sign(claims({ jti: 'newer' })))).toEqual({
        fault: 'IDENTITY_UNAVAILABLE',
      });
      const asked = issuer.asked.jwks;
      // It is left alone for a while.
      expect(await tokens.verify(token)).toEqual({ fault: 'IDENTITY_UNAVAILABLE' });
      expect(issuer.asked.jwks).toBe(asked);
      issuer.mood = 'well';
      nowMs += RETRY_AFTER_MS;
      expect(await tokens.verify(token)).toEqual(ANN);
      expect(news.at(-1)).toEqual({ kind: 'issuer-reached', issuer: 'corp' });
      expect(issuer.asked.discovery).toBe(0);
    },
  );

  it('of an issuer that has died: a token by an unknown key is not called invalid', async () => {
    const tokens = verifier();
    await tokens.verify(await issuer.sign(claims()));
    await issuer.close();
    expect(await tokens.verify(await issuer.sign(claims(), { kid: 'new' }))).toEqual({ fault: 'IDENTITY_UNAVAILABLE' });
  });
});
