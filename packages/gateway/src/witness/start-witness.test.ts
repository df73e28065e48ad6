import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkProof, loadConfig, openAuditTrail, openWitness, parseCheckpoint, parseVkey } from '@sallyport/runtime';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { type RunningGateway, startGateway } from '../start-gateway.ts';
import { logId, startWitness } from './start-witness.ts';

const root = mkdtempSync(join(tmpdir(), 'sallyport-witness-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A log that is not ours. */
const VKEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const WAIT = { timeout: 10_000 };
const witnesses = (url: string, vkey: string) =>
  `audit:\n  witnessEveryMs: 1000\n  witnesses:\n    - { url: '${url}', vkey: '${vkey}' }\n`;
const KEY = 'secret-of-the-witnessed-gateway';

/** A gateway over the folder, with what its file says. */
async function gatewayOver(folder: string, yaml = ''): Promise<RunningGateway> {
  const path = join(root, 'sallyport.yaml');
  writeFileSync(path, yaml);
  const options = { data: folder, port: 0, adminPort: 0, logLevel: 'silent' } as const;
  const loaded = loadConfig({ path, env: { SALLYPORT_KEYS: `test:${KEY}` }, options, cwd: root });
  if ('problems' in loaded) throw new Error(loaded.problems.map(({ message }) => message).join('; '));
  const gateway = await startGateway(loaded.config);
  ends.push(() => gateway.stop(0));
  return gateway;
}

async function ask({ dataUrl }: RunningGateway): Promise<number> {
  const answer = await fetch(`${dataUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'hi' }] }),
  });
  await answer.text();
  return answer.status;
}

/** A witness of a log that is there already. */
async function witnessOf(vkey: string, folder = mkdtempSync(join(root, 'w'))) {
  const log = parseVkey(vkey);
  if (log === undefined) throw new Error('the log has no key');
  const witness = openWitness({ folder, name: 'witness.example/w1', logs: [log] });
  const server = await startWitness({ witness, host: '127.0.0.1', port: 0 });
  ends.push(async () => {
    await server.stop();
    witness.close();
  });
  return { ...server, vkey: witness.vkey, log };
}

describe('a gateway with a witness', () => {
  it('has its heads signed beside its traffic, says so, and proves with what was signed', async () => {
    const folder = join(root, 'store');
    await (await gatewayOver(folder)).stop(0);
    const trail = openAuditTrail(folder);
    ends.push(() => trail.close());
    const { url, vkey, log } = await witnessOf(trail.vkey());
    const gateway = await gatewayOver(folder, witnesses(url, vkey));
    expect(await ask(gateway)).toBe(200);
    const standing = () => gateway.house.status().audit.witnesses[0];
    await vi.waitFor(
      () => expect(standing()).toMatchObject({ standing: 'cosigned', size: gateway.house.audit.size }),
      WAIT,
    );
    const metrics = await (await fetch(`${gateway.dataUrl}/metrics`)).text();
    expect(metrics).toMatch(/sallyport_audit_witnessed_records\{witness="witness.example\/w1"\} [1-9]/);
    const known = await (await fetch(`${url}/checkpoint/${logId(log.name)}`)).text();
    const checkpoint = parseCheckpoint(known);
    const witness = parseVkey(vkey);
    if (checkpoint === undefined || witness === undefined) throw new Error('the witness shows no checkpoint');
    expect(await trail.verify({ checkpoints: [checkpoint], witnesses: [witness] })).toMatchObject({
      ok: true,
      witnessed: [{ witness: 'witness.example/w1' }],
    });
    const { leaf, proof } = await trail.prove(0);
    expect(checkProof(proof, { leaf, log, witnesses: [witness] })).toEqual([]);
  });

  it('goes on with its traffic when the witness refuses or is not there, and counts it', async () => {
    const { url, vkey } = await witnessOf(VKEY);
    const gateway = await gatewayOver(join(root, 'unknown'), witnesses(url, vkey));
    expect(await ask(gateway)).toBe(200);
    const standing = () => gateway.house.status().audit.witnesses[0]?.standing;
    await vi.waitFor(() => expect(standing()).toBe('refused'), WAIT);
    await ends.splice(0, 1)[0]?.();
    await vi.waitFor(() => expect(standing()).toBe('unreachable'), WAIT);
    expect(await ask(gateway)).toBe(200);
    const metrics = await (await fetch(`${gateway.dataUrl}/metrics`)).text();
    expect(metrics).toMatch(
      /sallyport_audit_witness_failures_total\{witness="witness.example\/w1",standing="refused"\} [1-9]/,
    );
  });
});

describe('startWitness()', () => {
  it('answers as C2SP tlog-witness has it, and nothing else', async () => {
    const { url } = await witnessOf(VKEY);
    const status = async (path: string, init: RequestInit = {}) => (await fetch(`${url}${path}`, init)).status;
    expect(await status('/add-checkpoint', { method: 'POST', body: 'nonsense' })).toBe(400);
    expect(
      await status('/add-checkpoint', {
        method: 'POST',
        body: 'old 0\n\nother.example/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\u2014 other.example/log AAAAAAAA\n',
      }),
    ).toBe(404);
    expect(
      await status('/add-checkpoint', {
        method: 'POST',
        body: 'old 0\n\nPeterNeumann\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\u2014 PeterNeumann x08gowAA\n',
      }),
    ).toBe(403);
    expect(await status('/add-checkpoint')).toBe(405);
    expect(await status(`/checkpoint/${logId('PeterNeumann')}`)).toBe(404);
    expect(await status('/')).toBe(404);
    expect(await status('/add-checkpoint', { method: 'POST', body: 'x'.repeat(131_073) })).toBe(400);
  });

  it('outlives clients that send no HTTP', async () => {
    const { url } = await witnessOf(VKEY);
    const { port } = new URL(url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.end('\0\0\0 nonsense\r\n\r\n'));
      socket
        .on('close', () => resolve())
        .on('error', () => undefined)
        .resume();
    });
    expect((await fetch(`${url}/`)).status).toBe(404);
  });
});
