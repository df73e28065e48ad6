import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createWebhookClient, type WebhookClient } from './webhook-client.ts';

const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' };
const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function receiver(answer: (request: IncomingMessage, response: ServerResponse) => void, postMs?: number) {
  const seen: { url: string | undefined; body: string; headers: IncomingMessage['headers'] }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ url: request.url, body, headers: request.headers });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const client: WebhookClient = createWebhookClient(`http://127.0.0.1:${port}/hook?to=ops`, postMs);
  closers.push(() => client.close());
  return { client, seen };
}

describe('createWebhookClient()', () => {
  it('posts the body with its signature to that address', async () => {
    const { client, seen } = await receiver((_request, response) => response.writeHead(204).end());
    expect(await client.post({ headers, body: '{"a":1}' })).toBe(204);
    expect(seen).toMatchObject([
      { url: '/hook?to=ops', body: '{"a":1}', headers: { ...headers, 'content-type': 'application/json' } },
    ]);
  });

  it('follows no redirect', async () => {
    const { client, seen } = await receiver((_request, response) =>
      response.writeHead(307, { location: '/elsewhere' }).end(),
    );
    expect(await client.post({ headers, body: '{}' })).toBe(307);
    expect(seen).toHaveLength(1);
  });

  it('reads no answer that does not end', async () => {
    const { client } = await receiver((_request, response) => {
      response.writeHead(200).write('x'.repeat(1_000));
    });
    expect(await client.post({ headers, body: '{}' })).toBe(200);
    expect(await client.post({ headers, body: '{}' })).toBe(200);
  });

  it('gives a silent receiver so long and no longer', async () => {
    const { client } = await receiver(() => undefined, 50);
    await expect(client.post({ headers, body: '{}' })).rejects.toThrow();
  });
});
