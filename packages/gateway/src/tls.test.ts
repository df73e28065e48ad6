import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { loadConfig, openAuditTrail } from '@sallyport/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const CERTIFICATES = fileURLToPath(new URL('./fixtures/test-only-certificates/', import.meta.url));
const BOUND_KEY = 'secret-of-the-bound-key-0000000';
const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';

const pem = (name: string) => readFileSync(join(CERTIFICATES, `${name}.pem`));
const client = (name: string) => ({ cert: pem(name), key: pem(`${name}-key`) });

let folder: string;
let gateway: TestGateway | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-tls-'));
  serveAs('server');
  copyFileSync(join(CERTIFICATES, 'authority.pem'), join(folder, 'ca.pem'));
});

afterEach(async () => {
  await gateway?.end();
  gateway = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function serveAs(name: string): void {
  copyFileSync(join(CERTIFICATES, `${name}.pem`), join(folder, 'cert.pem'));
  copyFileSync(join(CERTIFICATES, `${name}-key.pem`), join(folder, 'key.pem'));
}

const tls = (clientCertificates: string) =>
  `{ cert: ${folder}/cert.pem, key: ${folder}/key.pem, ca: ${folder}/ca.pem, clientCertificates: ${clientCertificates} }`;

async function start(clientCertificates: 'none' | 'request' | 'require'): Promise<TestGateway> {
  const certificates = `
identity:
  certificates:
    - { uri: 'spiffe://example.org/agents/*', kind: agent, tenant: acme, groups: [agents] }
`;
  const operators =
    "certificates: [{ uri: 'spiffe://example.org/agents/planner', groups: [robots] }], roles: { viewer: [robots] }";
  const yaml = `
listen: { tls: ${tls(clientCertificates)} }
admin: { ${clientCertificates === 'request' ? `tls: ${tls('request')}, ${operators}` : `tls: ${tls('none')}`} }
keys:
  bound: { certificate: ${join(CERTIFICATES, 'agent.pem')} }
${clientCertificates === 'none' ? '' : certificates}`;
  gateway = await testGateway(yaml, {
    SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN,
    SALLYPORT_KEYS: `test:${TEST_KEY},bound:${BOUND_KEY}`,
  });
  return gateway;
}

interface Asked {
  readonly url: string;
  readonly key?: string;
  readonly as?: string;
  readonly agent?: Agent;
  readonly admin?: boolean;
}

function ask({ url, key, as, agent = new Agent(), admin = false }: Asked): Promise<{ status: number; serial: string }> {
  const headers = { 'content-type': 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) };
  const body = { model: 'demo-model', messages: [{ role: 'user', content: 'hi' }] };
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}${admin ? '/api/v1/status' : '/v1/chat/completions'}`,
      { method: admin ? 'GET' : 'POST', headers, agent, ca: pem('authority'), ...(as !== undefined && client(as)) },
      (answer) => {
        const serial = (answer.socket as ReturnType<typeof connectTls>).getPeerCertificate().serialNumber;
        answer.resume().on('end', () => resolve({ status: answer.statusCode ?? 0, serial }));
      },
    );
    asked.on('error', reject);
    asked.end(admin ? undefined : JSON.stringify(body));
  });
}

describe('TLS', () => {
  it('on both listeners, from files; plain HTTP gets no answer there', async () => {
    const { dataUrl, adminUrl } = await start('none');
    expect(dataUrl).toMatch(/^https:/);
    expect(adminUrl).toMatch(/^https:/);
    expect((await ask({ url: dataUrl, key: TEST_KEY })).status).toBe(200);
    expect((await ask({ url: adminUrl, key: ADMIN_TOKEN, admin: true })).status).toBe(200);
    await expect(fetch(dataUrl.replace('https:', 'http:'))).rejects.toThrow();
  });

  it('is of version 1.2 or later', async () => {
    const { dataUrl } = await start('none');
    const port = Number(new URL(dataUrl).port);
    const old = connectTls({
      port,
      host: '127.0.0.1',
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ca: pem('authority'),
    });
    await expect(
      new Promise((resolve, reject) => old.on('secureConnect', resolve).on('error', reject)),
    ).rejects.toThrow();
  });

  it('outlives whoever shows no handshake, or breaks it off', async () => {
    const { dataUrl } = await start('none');
    const port = Number(new URL(dataUrl).port);
    for (const bytes of ['', 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x02\x00garbage']) {
      await new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
        socket.on('error', () => resolve()).on('close', () => resolve());
      });
    }
    expect((await ask({ url: dataUrl, key: TEST_KEY })).status).toBe(200);
  });

  const serialOf = (name: string) => new X509Certificate(pem(name)).serialNumber;

  it('takes new files without a restart, and keeps the last good pair while they are none', async () => {
    const { dataUrl } = await start('none');
    const now = async () => (await ask({ url: dataUrl, key: TEST_KEY })).serial;
    expect(await now()).toBe(serialOf('server'));
    // A certificate without its key, then nothing to read at all.
    copyFileSync(join(CERTIFICATES, 'next-server.pem'), join(folder, 'cert.pem'));
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await now()).toBe(serialOf('server'));
    writeFileSync(join(folder, 'key.pem'), 'no key');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await now()).toBe(serialOf('server'));
    serveAs('next-server');
    await expect.poll(now, { timeout: 15_000 }).toBe(serialOf('next-server'));
  });

  it('does not begin with files that are none', () => {
    copyFileSync(join(CERTIFICATES, 'next-server-key.pem'), join(folder, 'key.pem'));
    const path = join(folder, 'sallyport.yaml');
    writeFileSync(
      path,
      `listen: { tls: { cert: cert.pem, key: key.pem, clientCertificates: request } }\nadmin: { tls: { cert: ca.pem, key: none.pem } }\n`,
    );
    const loaded = loadConfig({ path, env: {}, cwd: folder });
    expect('problems' in loaded && loaded.problems.map(({ path: at }) => at).sort()).toEqual([
      'admin.tls.key',
      'listen.tls.ca',
      'listen.tls.key',
    ]);
  });
});

describe('client certificates', () => {
  it('stand for a principal where there is no key, by what configuration maps', async () => {
    const { dataUrl, newest } = await start('request');
    expect((await ask({ url: dataUrl, as: 'agent' })).status).toBe(200);
    expect(newest()[0]).toMatchObject({
      principal: { kind: 'agent', id: 'spiffe://example.org/agents/planner', tenant: 'acme', groups: ['agents'] },
    });
    expect((await ask({ url: dataUrl })).status).toBe(401);
    expect((await ask({ url: dataUrl, key: TEST_KEY })).status).toBe(200);
    // A key that is none is not passed over for the certificate.
    expect((await ask({ url: dataUrl, key: 'unknown', as: 'agent' })).status).toBe(401);
    expect((await ask({ url: dataUrl, key: 'no key at all', as: 'agent' })).status).toBe(401);
  });

  it('are worth nothing from an authority that nobody trusts, beside a good key too', async () => {
    const { dataUrl, newest } = await start('request');
    for (const key of [undefined, TEST_KEY]) {
      expect((await ask({ url: dataUrl, as: 'forged-agent', ...(key !== undefined && { key }) })).status).toBe(401);
      await expect.poll(() => newest().at(-1)).toMatchObject({ outcome: 'rejected', fault: 'CERTIFICATE_INVALID' });
    }
  });

  it('are what a key can be bound to: without its own one it is worth nothing', async () => {
    const { dataUrl, newest } = await start('request');
    expect((await ask({ url: dataUrl, key: BOUND_KEY, as: 'agent' })).status).toBe(200);
    expect(newest()[0]).toMatchObject({ principal: { id: 'bound' } });
    for (const as of ['other-agent', undefined]) {
      expect((await ask({ url: dataUrl, key: BOUND_KEY, ...(as !== undefined && { as }) })).status).toBe(401);
      await expect.poll(() => newest().at(-1)).toMatchObject({ fault: 'CERTIFICATE_INVALID' });
    }
  });

  it('stand for operators at the admin API, where there is no token', async () => {
    const { adminUrl, house } = await start('request');
    const status = async (asked: Partial<Asked>) => (await ask({ url: adminUrl, admin: true, ...asked })).status;
    expect(await status({ as: 'agent' })).toBe(200);
    expect(await status({ key: ADMIN_TOKEN })).toBe(200);
    for (const asked of [{}, { as: 'other-agent' }, { as: 'forged-agent' }, { as: 'forged-agent', key: ADMIN_TOKEN }])
      expect(await status(asked), JSON.stringify(asked)).toBe(401);
    // A token that is wrong is not passed over for the certificate.
    expect(await status({ as: 'agent', key: 'wrong' })).toBe(401);
    const trail = openAuditTrail(house.config.data);
    const told = Array.from(trail.records({ kind: 'admin' }), ({ record }) => record);
    expect(told.flatMap((record) => ('fault' in record ? [record.fault] : []))).toEqual([
      'KEY_MISSING',
      'CERTIFICATE_INVALID',
      'CERTIFICATE_INVALID',
      'CERTIFICATE_INVALID',
      'KEY_INVALID',
    ]);
    await trail.close();
  });

  it('are required: without one there is not even a connection', async () => {
    const { dataUrl, adminUrl } = await start('require');
    expect((await ask({ url: dataUrl, key: TEST_KEY, as: 'other-agent' })).status).toBe(200);
    await expect(ask({ url: dataUrl, key: TEST_KEY })).rejects.toThrow();
    await expect(ask({ url: dataUrl, key: TEST_KEY, as: 'forged-agent' })).rejects.toThrow();
    expect((await ask({ url: adminUrl, key: ADMIN_TOKEN, admin: true })).status).toBe(200);
  });

  it('are told apart on one connection that serves several requests, and on resumed ones', async () => {
    const { dataUrl, newest } = await start('request');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let at = 0; at < 3; at += 1) {
      expect((await ask({ url: dataUrl, as: 'agent', agent })).status).toBe(200);
      expect(newest()[0]).toMatchObject({ principal: { id: 'spiffe://example.org/agents/planner' } });
    }
    agent.destroy();
    expect((await ask({ url: dataUrl, as: 'other-agent' })).status).toBe(200);
    expect(newest()[0]).toMatchObject({ principal: { id: 'spiffe://example.org/agents/writer' } });
  });

  it('end with the authority that vouched for them: on a connection that was busy meanwhile, and on a resumed one', async () => {
    const { dataUrl } = await start('request');
    const body = JSON.stringify({ model: 'demo-model', messages: [{ role: 'user', content: 'hi' }] });
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    const options = {
      port: Number(new URL(dataUrl).port),
      host: '127.0.0.1',
      ca: pem('authority'),
      ...client('agent'),
    };
    const busy = connectTls(options);
    let heard = '';
    let session: Buffer | undefined;
    const closed = new Promise((resolve) => busy.on('error', () => undefined).on('close', () => resolve('closed')));
    const answered = () => new Promise((resolve) => busy.once('data', () => resolve('answered')));
    busy.on('data', (bytes) => (heard += String(bytes))).on('session', (ticket) => (session = ticket));
    busy.write(head + body);
    await expect.poll(() => heard).toMatch(/^HTTP\/1.1 200 .*\}/s);
    heard = '';
    busy.write(head);
    const early = connect(options.port, options.host);
    await new Promise((resolve) => early.on('connect', resolve));
    copyFileSync(join(CERTIFICATES, 'stranger.pem'), join(folder, 'ca.pem'));
    await expect.poll(async () => (await ask({ url: dataUrl, as: 'agent' })).status, { timeout: 15_000 }).toBe(401);
    busy.write(body);
    // What was under way ends as it would have, and nothing follows it.
    await expect.poll(() => heard).toMatch(/^HTTP\/1.1 200 .*\}/s);
    busy.write(head + body);
    await expect(Promise.race([closed, answered()])).resolves.toBe('closed');
    // Nor does what had begun, and shows its certificate only now.
    const late = connectTls({ ...options, socket: early });
    const served = new Promise((resolve) => late.on('data', () => resolve('answered')));
    const ended = new Promise((resolve) => late.on('error', () => undefined).on('close', () => resolve('closed')));
    late.write(head + body);
    await expect(Promise.race([ended, served])).resolves.toBe('closed');
    const resumed = connectTls({ ...options, session });
    const answer = new Promise<string>((resolve) => resumed.on('data', (bytes) => resolve(String(bytes))));
    resumed.write(head + body);
    expect(await answer).toMatch(/^HTTP\/1.1 401 /);
    expect(resumed.isSessionReused()).toBe(false);
    resumed.destroy();
  }, 30_000);
});
