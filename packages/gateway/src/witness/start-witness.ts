import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OpenWitness } from '@sallyport/runtime';
import { readBody } from '../http/read-body.ts';

/** A request of a log: its head, a proof, a checkpoint. */
const BODY = { maxBodyBytes: 131_072, bodyTimeoutMs: 10_000, anyType: true } as const;
const HEADERS_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 256;
const PLAIN = 'text/plain; charset=utf-8';

export interface WitnessServer {
  readonly url: string;
  stop(): Promise<void>;
}

export interface WitnessServerParts {
  readonly witness: OpenWitness;
  readonly host: string;
  readonly port: number;
}

/**
 * Serves a witness: `POST /add-checkpoint` as C2SP tlog-witness has it, and for auditors `GET /checkpoint/<id>`, the last checkpoint
 * that was signed of a log, where `<id>` is SHA-256 of the log's name, hexadecimal.
 */
export async function startWitness({ witness, host, port }: WitnessServerParts): Promise<WitnessServer> {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: HEADERS_TIMEOUT_MS + BODY.bodyTimeoutMs,
      maxHeaderSize: 8_192,
    },
    (request, response) => {
      answer(request, response, witness).catch(() => response.destroy());
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.on('clientError', (_error, socket) => socket.destroy());
  await listening(server, host, port);
  const bound = server.address() as AddressInfo;
  const named = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    url: `http://${named}:${bound.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, witness: OpenWitness): Promise<void> {
  const path = (request.url ?? '').split('?')[0] ?? '';
  if (path === '/add-checkpoint') {
    if (request.method !== 'POST') return send(response, { status: 405, type: PLAIN, body: 'only POST\n' });
    const body = await readBody(request, BODY);
    // A body that was not read to its end must not be taken for the next request.
    if (!(body instanceof Uint8Array)) {
      response.setHeader('connection', 'close');
      return send(response, { status: 400, type: PLAIN, body: 'body is too large, too slow or cut short\n' });
    }
    return send(response, witness.witness.addCheckpoint(Buffer.from(body).toString('utf8')));
  }
  const [, id] = /^\/checkpoint\/([0-9a-f]{64})$/.exec(path) ?? [];
  const found =
    id === undefined || request.method !== 'GET' ? undefined : witness.checkpointOf((origin) => logId(origin) === id);
  return send(
    response,
    found === undefined
      ? { status: 404, type: PLAIN, body: 'no such thing\n' }
      : { status: 200, type: PLAIN, body: found },
  );
}

/** What a log is asked for by. */
export function logId(origin: string): string {
  return hash('sha256', origin, 'hex');
}

function send(response: ServerResponse, { status, type, body }: { status: number; type: string; body: string }): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
