import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentCard, generateAgentCardSignature, Role, type SendMessageRequest } from '@a2a-js/sdk';
import { ClientFactory, DefaultAgentCardResolver, JsonRpcTransportFactory } from '@a2a-js/sdk/client';
import { LegacyJsonRpcTransportHandler } from '@a2a-js/sdk/compat/v0_3/server';
import {
  AgentEvent,
  type AgentExecutor,
  DefaultRequestHandler,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  ServerCallContext,
} from '@a2a-js/sdk/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from '../testing/test-gateway.ts';

const CARD = {
  name: 'Echo',
  description: 'Says again what it is told.',
  version: '1.0.0',
  supportedInterfaces: [{ url: 'https://elsewhere.example/', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
  capabilities: { streaming: true },
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [{ id: 'echo', name: 'Echo', description: 'Says a text again.', tags: ['text'] }],
};

/** The same agent, as 0.3 writes cards. */
const OLD_CARD = {
  name: 'Old echo',
  description: 'Says again what it is told.',
  version: '1.0.0',
  protocolVersion: '0.3.0',
  url: 'https://elsewhere.example/',
  preferredTransport: 'JSONRPC',
  capabilities: { streaming: true },
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [{ id: 'echo', name: 'Echo', description: 'Says a text again.', tags: ['text'] }],
};

const echo: AgentExecutor = {
  execute: async ({ userMessage, contextId }, bus) => {
    const [part] = userMessage.parts;
    const text = part?.content?.$case === 'text' ? part.content.value : '';
    const answer = { ...userMessage, role: Role.ROLE_AGENT, messageId: 'answer', contextId };
    bus.publish(AgentEvent.message({ ...answer, parts: [textPart(`echo: ${text}`)] }));
    bus.finished();
  },
  cancelTask: async () => undefined,
};

function textPart(value: string) {
  return { content: { $case: 'text' as const, value }, metadata: undefined, filename: '', mediaType: '' };
}

function messageOf(text: string): SendMessageRequest {
  const message = {
    messageId: 'one',
    contextId: '',
    taskId: '',
    role: Role.ROLE_USER,
    parts: [textPart(text)],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  };
  return { tenant: '', message, configuration: undefined, metadata: undefined };
}

const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const OTHER_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const folder = mkdtempSync(join(tmpdir(), 'sallyport-a2a-'));

let card: object = CARD;
let agent: Server;
let gateway: TestGateway;

beforeAll(async () => {
  const requests = new DefaultRequestHandler(AgentCard.fromJSON(CARD), new InMemoryTaskStore(), echo);
  const handlers = { '1.0': new JsonRpcTransportHandler(requests), '0.3': new LegacyJsonRpcTransportHandler(requests) };
  agent = createServer(async (request, response) => {
    const isOld = request.url?.startsWith('/old') === true;
    if (request.method === 'GET') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(isOld ? OLD_CARD : card));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const version = String(request.headers['a2a-version'] ?? '');
    const context = new ServerCallContext({ requestedVersion: version });
    const answer = await handlers[isOld ? '0.3' : '1.0'].handle(Buffer.concat(chunks).toString('utf8'), context);
    if (!(Symbol.asyncIterator in answer)) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer));
      return;
    }
    response.setHeader('content-type', 'text/event-stream');
    for await (const event of answer) response.write(`data: ${JSON.stringify(event)}\n\n`);
    response.end();
  });
  await new Promise<void>((done) => agent.listen(0, '127.0.0.1', done));
  const { port } = agent.address() as AddressInfo;
  // The card leads clients to the address that the gateway is told it has.
  const url = `http://127.0.0.1:${port}/`;
  const [known, other] = [KEY, OTHER_KEY].map(({ publicKey }, at) => {
    const file = join(folder, `${at}.pem`);
    writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }));
    return file;
  });
  const signed = (file = '') => `{ url: '${url}', cardMs: 0, cardKeys: ['${file}'] }`;
  gateway = await testGateway(
    `a2a: { agents: { echo: { url: '${url}' }, old: { url: '${url}old/', cardUrl: '${url}old/card' }, signed: ${signed(known)}, mistaken: ${signed(other)} } }`,
  );
}, 60_000);

afterAll(async () => {
  await gateway.end();
  agent.closeAllConnections();
  await new Promise((done) => agent.close(done));
  rmSync(folder, { recursive: true, force: true });
});

/** With the credential, and at the port that this gateway got. */
const fetchImpl: typeof fetch = (input, init) => {
  const { pathname } = new URL(String(input));
  const headers = new Headers(init?.headers);
  headers.set('authorization', `Bearer ${TEST_KEY}`);
  return fetch(`${gateway.dataUrl}${pathname}`, { ...init, headers });
};

async function connect(name: 'echo' | 'old' = 'echo') {
  const options = { fetchImpl, legacyCompat: { enabled: name === 'old' } };
  const factory = new ClientFactory({
    transports: [new JsonRpcTransportFactory(options)],
    cardResolver: new DefaultAgentCardResolver(options),
  });
  return factory.createFromUrl(`${gateway.dataUrl}/a2a/${name}/`, '.well-known/agent-card.json');
}

describe('a client of the official SDK, at an agent of the same behind the gateway', () => {
  it('finds the card, sends a message in 1.0 and gets the answer', async () => {
    const client = await connect();
    expect(JSON.stringify(await client.sendMessage(messageOf('hello there')))).toContain('echo: hello there');
    expect(gateway.newest().map(({ kind }) => kind)).toEqual(['opened', 'decided', 'closed']);
  });

  it('follows a stream to its end', async () => {
    const client = await connect();
    const events: string[] = [];
    for await (const event of client.sendMessageStream(messageOf('hello'))) events.push(JSON.stringify(event));
    expect(events.join()).toContain('echo: hello');
  });

  it('sends a message in 0.3 to an agent of 0.3, and follows a stream of it', async () => {
    const client = await connect('old');
    expect(client.protocolVersion).toBe('0.3');
    expect(JSON.stringify(await client.sendMessage(messageOf('hello there')))).toContain('echo: hello there');
    const events: string[] = [];
    for await (const event of client.sendMessageStream(messageOf('hello again'))) events.push(JSON.stringify(event));
    expect(events.join()).toContain('echo: hello again');
    expect(gateway.newest().map(({ kind }) => kind)).toEqual(['opened', 'decided', 'closed']);
  });

  it('is reached where its card is signed by the key that it is known by, and nowhere else', async () => {
    const sign = generateAgentCardSignature(KEY.privateKey, { alg: 'ES256', kid: 'one', typ: 'JOSE' });
    const cardAt = async (name: string) =>
      fetch(`${gateway.dataUrl}/a2a/${name}/.well-known/agent-card.json`, {
        headers: { authorization: `Bearer ${TEST_KEY}` },
      });
    const unsigned = await cardAt('signed');
    expect([unsigned.status, await unsigned.json()]).toMatchObject([
      502,
      { error: { data: { error: 'CARD_UNSIGNED' } } },
    ]);
    card = AgentCard.toJSON(await sign(AgentCard.fromJSON(CARD))) as object;
    const served = await cardAt('signed');
    expect([served.status, await served.json()]).toMatchObject([200, { name: 'Echo' }]);
    expect((await cardAt('mistaken')).status).toBe(502);
    card = { ...card, description: 'Says something else.' };
    expect((await cardAt('signed')).status).toBe(502);
    card = CARD;
  });
});
