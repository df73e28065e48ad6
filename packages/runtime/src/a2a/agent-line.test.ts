import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canonicalJson } from '@sallyport/wire';
import { FlattenedSign } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentConfig } from '../config/index.ts';
import { Secret } from '../config/secret.ts';
import { AgentLine } from './agent-line.ts';

const CARD = { name: 'Travel', description: 'Books trips.', protocolVersion: '0.3.0', skills: [] };

let server: Server;
let asked: (string | undefined)[];
let answer: { readonly status: number; readonly type: string; readonly body: string };
let nowMs: number;
let waiting: { readonly ms: number; readonly run: () => void }[];
let lines: AgentLine[];

const clock = {
  nowMs: () => nowMs,
  after: (ms: number, run: () => void) => {
    const one = { ms, run };
    waiting.push(one);
    return () => {
      waiting = waiting.filter((each) => each !== one);
    };
  },
};

beforeEach(async () => {
  [asked, waiting, lines, nowMs] = [[], [], [], 0];
  answer = { status: 200, type: 'application/json', body: JSON.stringify(CARD) };
  server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    if (answer.status === 0) return;
    response.writeHead(answer.status, { 'content-type': answer.type });
    response.end(answer.body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(async () => {
  await Promise.all(lines.map((line) => line.close()));
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

function lineTo(more: Partial<AgentConfig> = {}): AgentLine {
  const { port } = server.address() as AddressInfo;
  const config: AgentConfig = {
    name: 'travel',
    url: `http://127.0.0.1:${port}/rpc`,
    cardUrl: `http://127.0.0.1:${port}/card`,
    cardKeys: [],
    headers: { authorization: new Secret('Bearer mine') },
    ca: undefined,
    cardMs: 1_000,
    limits: {
      maxMessageBytes: 1_024,
      maxPending: 4,
      silenceMs: 500,
      holdMs: 500,
      holdPosture: 'closed',
      startMs: 500,
    },
    approvalHoldMs: 0,
    detectors: {},
    ...more,
  };
  const line = new AgentLine(config, { clock, json: { maxDepth: 16, maxNodes: 10_000 } });
  lines.push(line);
  return line;
}

describe('AgentLine.card()', () => {
  it('asks once for all who want it, and again when it is as old as `cardMs`', async () => {
    const line = lineTo();
    await Promise.all([line.card(), line.card()]);
    nowMs = 999;
    await line.card();
    expect(asked).toHaveLength(1);
    nowMs = 1_000;
    await line.card();
    expect(asked).toHaveLength(2);
  });

  it('shows who the gateway is to the host of the agent, and to no other one', async () => {
    await lineTo().card();
    await lineTo({ url: 'http://elsewhere.example/rpc' }).card();
    expect(asked).toEqual(['Bearer mine', undefined]);
  });

  it('takes a card as large as a message may be, and none beyond', async () => {
    const padded = JSON.stringify({ ...CARD, pad: '' });
    const bodyOf = (bytes: number) => JSON.stringify({ ...CARD, pad: 'x'.repeat(bytes - padded.length) });
    answer = { ...answer, body: bodyOf(1_024) };
    expect(await lineTo().card()).toHaveProperty('versions');
    answer = { ...answer, body: bodyOf(1_025) };
    expect(await lineTo().card()).toEqual({ fault: 'UPSTREAM_TOO_LARGE' });
  });

  it.each([
    [{ status: 500 }, 'UPSTREAM_BROKEN'],
    [{ status: 302 }, 'UPSTREAM_BROKEN'],
    [{ type: 'text/html' }, 'UPSTREAM_GARBAGE'],
    [{ body: '[]' }, 'UPSTREAM_GARBAGE'],
  ])('has none of an answer like %j, and asks again the next time', async (more, fault) => {
    const whole = answer;
    answer = { ...answer, ...more };
    const line = lineTo();
    expect(await line.card()).toEqual({ fault });
    answer = whole;
    expect(await line.card()).toHaveProperty('versions');
  });

  it('has none that is not signed where keys are known, and asks again the next time', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const line = lineTo({ cardKeys: [publicKey.export({ type: 'spki', format: 'pem' }).toString()] });
    expect(await line.card()).toEqual({ fault: 'CARD_UNSIGNED' });
    const payload = Buffer.from(canonicalJson(CARD));
    const { protected: header, signature } = await new FlattenedSign(payload)
      .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
      .sign(privateKey);
    answer = { ...answer, body: JSON.stringify({ ...CARD, signatures: [{ protected: header, signature }] }) };
    expect(await line.card()).toHaveProperty('versions');
    expect(await lineTo().card()).toHaveProperty('versions');
  });

  it('waits no longer than its silence', async () => {
    answer = { ...answer, status: 0 };
    const card = lineTo().card();
    await expect.poll(() => asked.length).toBe(1);
    expect(waiting.map(({ ms }) => ms)).toEqual([500]);
    waiting[0]?.run();
    expect(await card).toEqual({ fault: 'UPSTREAM_TIMEOUT' });
  });
});
