import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';

const AUDIENCE = 'sallyport-bench';
const VALID_SECONDS = 7_200;

/** @param {string | Buffer} part */
const base64url = (part) => Buffer.from(part).toString('base64url');

/**
 * An identity provider of our own, the token of one of its users, and the configuration that takes it, with four limits that never bind: each
 * exchange is reserved and settled in all of them.
 * @returns {Promise<{ token: string, configuration: string, stop: () => Promise<void> }>}
 */
export async function startIssuer() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const keys = JSON.stringify({
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'EdDSA', use: 'sig' }],
  });
  const server = createServer((_, answer) => answer.setHeader('content-type', 'application/json').end(keys));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const issuer = `http://127.0.0.1:${port}`;
  const claims = {
    iss: issuer,
    aud: AUDIENCE,
    sub: 'ann',
    groups: ['bench'],
    exp: Math.floor(Date.now() / 1_000) + VALID_SECONDS,
  };
  const signed = [{ alg: 'EdDSA', kid: 'bench' }, claims].map((part) => base64url(JSON.stringify(part))).join('.');
  const token = `${signed}.${base64url(sign(null, Buffer.from(signed), privateKey))}`;
  const stop = () => /** @type {Promise<void>} */ (new Promise((resolve) => server.close(() => resolve())));
  return { token, configuration: configurationFor(issuer), stop };
}

/** @param {string} issuer its address */
const configurationFor = (issuer) => `identity:
  issuers:
    - { name: bench, issuer: '${issuer}', audiences: [${AUDIENCE}], jwks: '${issuer}/keys', algorithms: [EdDSA], claims: { groups: groups } }
budgets:
  limits:
    - { name: requests, counts: requests, max: 1000000000, per: minute, by: [principal] }
    - { name: tokens, counts: tokens, max: 1000000000000, per: day, by: [tenant] }
    - { name: model, counts: tokens, max: 1000000000000, per: hour, by: [model] }
    - { name: concurrent, counts: concurrent, max: 100000, by: [principal] }
`;
