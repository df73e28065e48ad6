import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { loadConfig } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminClient } from './admin-client.ts';

const CERTIFICATES = fileURLToPath(new URL('../../gateway/src/fixtures/test-only-certificates/', import.meta.url));
const ENV = { SALLYPORT_ADMIN_TOKEN: 'admin-token-of-the-test-gateway' };
const file = (name: string) => join(CERTIFICATES, `${name}.pem`);

let folder: string;
let gateway: RunningGateway;

function configOf(yaml: string, env: Readonly<Record<string, string>> = ENV) {
  const path = join(folder, 'sallyport.yaml');
  writeFileSync(path, yaml);
  const options = { data: join(folder, 'data'), port: 0, logLevel: 'silent' } as const;
  const loaded = loadConfig({ path, env, options, cwd: folder });
  if ('problems' in loaded)
    throw new RangeError(loaded.problems.map(({ path: at, message }) => `${at} ${message}`).join());
  return loaded.config;
}

const tls = `{ cert: '${file('server')}', key: '${file('server-key')}', ca: '${file('authority')}', clientCertificates: require }`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-client-'));
  gateway = await startGateway(configOf(`admin: { port: 0, tls: ${tls} }`));
});
afterAll(async () => {
  await gateway.stop(0);
  rmSync(folder, { recursive: true, force: true });
});

const TRUSTING = { SALLYPORT_ADMIN_CA: file('authority') };
const NAMED = { SALLYPORT_ADMIN_CERT: file('agent'), SALLYPORT_ADMIN_KEY: file('agent-key') };

async function status(env: Readonly<Record<string, string>>, yaml = '') {
  const client = adminClient(configOf(yaml), env);
  return 'lacks' in client ? client : client.get('/status');
}

describe('adminClient()', () => {
  it('speaks TLS, trusts whom the environment names, and shows its own certificate', async () => {
    const env = { SALLYPORT_ADMIN_URL: gateway.adminUrl, ...TRUSTING, ...NAMED };
    expect(await status(env)).toMatchObject({ body: { closing: false } });
    const { port } = new URL(gateway.adminUrl);
    // The address of the configuration, where the environment names none.
    expect(await status({ ...TRUSTING, ...NAMED }, `admin: { port: ${port}, tls: ${tls} }`)).toMatchObject({
      body: { closing: false },
    });
  });

  it('says why there is no answer: a certificate that nobody vouches for, or none where one is asked for', async () => {
    const env = { SALLYPORT_ADMIN_URL: gateway.adminUrl };
    expect(await status({ ...env, ...NAMED })).toMatchObject({ refused: expect.stringContaining('is not trusted') });
    expect(await status({ ...env, ...TRUSTING })).toMatchObject({
      refused: expect.stringContaining('wants a client certificate'),
    });
    const plain = { SALLYPORT_ADMIN_URL: gateway.adminUrl.replace('https:', 'http:') };
    expect(await status(plain)).toMatchObject({ refused: expect.stringContaining('no gateway answers') });
  });

  it.each(['gateway', 'ftp://x', 'https://x/path', 'https://me:secret@x'])(
    'does not take `%s` for an address',
    async (url) => {
      expect(await status({ SALLYPORT_ADMIN_URL: url })).toMatchObject({
        lacks: expect.stringContaining('is no address'),
      });
    },
  );

  it('says which file it cannot read', async () => {
    const env = { SALLYPORT_ADMIN_URL: gateway.adminUrl, SALLYPORT_ADMIN_CA: join(folder, 'missing.pem') };
    expect(await status(env)).toEqual({ lacks: 'the file of `SALLYPORT_ADMIN_CA` cannot be read' });
  });
});
