import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request, as a server that is played gets it. */
export interface PlayedRequest {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  /** What its body says; undefined where it has none. */
  readonly body: Record<string, unknown> | undefined;
}

export type Play = (request: PlayedRequest, response: ServerResponse, raw: IncomingMessage) => void | Promise<void>;

export interface LocalHttp {
  readonly url: string;
  /** All that were made, in order. */
  readonly requests: readonly PlayedRequest[];
  close(): Promise<void>;
}

/** A server on this machine that is played by a test. */
export async function localHttp(play: Play): Promise<LocalHttp> {
  const requests: PlayedRequest[] = [];
  const server: Server = createServer((raw, response) => {
    const chunks: Buffer[] = [];
    raw.on('data', (chunk: Buffer) => chunks.push(chunk));
    raw.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const request = {
        method: raw.method ?? '',
        headers: raw.headers,
        body: text === '' ? undefined : JSON.parse(text),
      };
      requests.push(request);
      void play(request, response, raw);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export function answerJson(response: ServerResponse, value: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', ...value }));
}

export function beginEvents(response: ServerResponse): (value: object, id?: string) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  return (value, id) => {
    response.write(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify({ jsonrpc: '2.0', ...value })}\n\n`);
  };
}
