import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AskedRequest {
  readonly id: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
}

export interface PlayedAgent {
  readonly url: string;
  readonly asked: AskedRequest[];
  /** What its card says beside the usual. */
  card: Readonly<Record<string, unknown>>;
  /** The result of a request, or what to do with it. */
  answer: (request: AskedRequest, response: ServerResponse) => unknown;
  close(): Promise<void>;
}

/** A card of 0.3 as agents write it, at an address that nobody is to call. */
export const CARD = {
  name: 'Travel agent',
  description: 'Books trips.',
  protocolVersion: '0.3.0',
  version: '1.0.0',
  url: 'https://elsewhere.example/rpc',
  preferredTransport: 'JSONRPC',
  capabilities: { streaming: true, pushNotifications: true },
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [{ id: 'book', name: 'Book', description: 'Books a trip to a place.', tags: ['travel'] }],
};

/** An agent of A2A on this machine that a test plays. */
export async function playAgent(): Promise<PlayedAgent> {
  const asked: AskedRequest[] = [];
  const played = { asked, card: {}, answer: () => said('done') } as Pick<PlayedAgent, 'asked' | 'card' | 'answer'>;
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ...CARD, ...played.card }));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as AskedRequest;
    const one = { id, method, params, headers: request.headers };
    asked.push(one);
    const result = played.answer(one, response);
    if (result === undefined) return;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return Object.assign(played, {
    url: `http://127.0.0.1:${port}/rpc`,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((done) => server.close(() => done()));
    },
  });
}

/** A message of an agent in 0.3. */
export function said(text: string, more: object = {}) {
  return { kind: 'message', role: 'agent', messageId: 'm1', parts: [{ kind: 'text', text }], ...more };
}
