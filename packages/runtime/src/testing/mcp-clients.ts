import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Stop } from '@sallyport/core';
import { type McpEnd, writeError } from '@sallyport/mcp';
import type { ClientRequest, ClientWriter } from '../mcp/transport/client-request.ts';
import type { ClientSessions } from '../mcp/transport/client-sessions.ts';

/** What a client got, or is getting. */
export class PlayedAnswer implements ClientWriter {
  status = 0;
  headers: Readonly<Record<string, string>> = {};
  text = '';
  hasEnded = false;
  readonly stop = new Stop();
  /** What `write()` waits for: a client that reads slowly. */
  room: Promise<void> = Promise.resolve();

  head(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.status !== 0) throw new Error('two heads');
    this.status = status;
    this.headers = headers;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.status === 0 || this.hasEnded) throw new Error('written outside of an answer');
    this.text += Buffer.from(bytes).toString();
    return this.room;
  }

  end(): void {
    if (this.hasEnded) throw new Error('two ends');
    this.hasEnded = true;
  }

  /** What it says, where it is one message. */
  get said(): Record<string, unknown> {
    const { jsonrpc: _version, ...said } = JSON.parse(this.text);
    return said;
  }

  /** Its events, with their marks. */
  get events(): readonly { readonly id: string | undefined; readonly said: Record<string, unknown> | undefined }[] {
    return this.text
      .split('\n\n')
      .filter((block) => /^(?:id|data):/m.test(block))
      .map((block) => {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        const data = field('data');
        const { jsonrpc: _version, ...said } = data === undefined || data === '' ? {} : JSON.parse(data);
        return { id: field('id'), said: data === undefined || data === '' ? undefined : said };
      });
  }
}

export const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** One HTTP request of a client, played. */
export function played(
  sessions: ClientSessions,
  { said, ...more }: Partial<ClientRequest> & { readonly said?: object },
): { readonly answer: PlayedAnswer; readonly taken: Promise<void> } {
  const answer = new PlayedAnswer();
  const taken = sessions.handle(
    {
      server: 'notes',
      owner: 'user/a',
      method: 'POST',
      body: said === undefined ? new Uint8Array(0) : Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...said })),
      signal: answer.stop,
      ...more,
      headers: { ...JSON_HEADERS, ...more.headers },
    },
    answer,
  );
  return { answer, taken };
}

/** Serves sessions over HTTP on this machine; everybody is the same owner. */
export async function serveSessions(
  sessions: ClientSessions,
  server = 'notes',
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const http = createServer((request, response) => {
    const stop = new Stop();
    response.on('close', () => stop.abort());
    const writer: ClientWriter = {
      head: (status, headers) => {
        response.writeHead(status, headers);
        response.flushHeaders();
      },
      write: (bytes) =>
        response.write(bytes) || response.destroyed
          ? Promise.resolve()
          : new Promise((resolve) => {
              response.once('drain', resolve);
              response.once('close', resolve);
            }),
      end: () => void response.end(),
    };
    const { method = '', headers } = request;
    void sessions.handle({ server, owner: 'user/a', method, headers, body: request, signal: stop }, writer);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    close: () =>
      new Promise((resolve) => {
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
}

/** Hands on what one end says to the other, both ways, until both have ended. */
export async function relay(client: McpEnd, server: McpEnd): Promise<void> {
  const carry = async (from: McpEnd, to: McpEnd) => {
    for await (const incoming of from.incoming) {
      if (incoming.kind === 'message') {
        const { message, relatedTo } = incoming;
        await to.send(message, relatedTo === undefined ? {} : { relatedTo });
      } else if (incoming.kind === 'lost') {
        await to.send(writeError(incoming.id, { code: -32_000, message: incoming.reason }));
      } else await to.close();
    }
  };
  await Promise.all([carry(client, server), carry(server, client)]);
}
