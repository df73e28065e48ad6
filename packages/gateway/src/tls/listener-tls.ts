import { type FSWatcher, watch } from 'node:fs';
import type { IncomingMessage, RequestListener, Server, ServerOptions, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import { SallyportError } from '@sallyport/core';
import type { TlsConfig } from '@sallyport/runtime';
import { type ReadMaterial, readTlsFiles, type TlsMaterial } from './tls-files.ts';

/** How often the files are looked at, whatever the system says of them, milliseconds. */
const LOOK_EVERY_MS = 5_000;
/** Two files are never changed at once: they are read when both have been left alone for this long, milliseconds. */
const SETTLE_MS = 250;

/** What operators are told of a listener's certificate. */
export type TlsNews =
  | { readonly kind: 'tls-reloaded'; readonly listener: string; readonly until: string }
  | { readonly kind: 'tls-refused'; readonly listener: string; readonly reason: string };

export interface ListenerOptions {
  /** Its name in the configuration. */
  readonly listener: 'listen' | 'admin';
  readonly tls: TlsConfig | undefined;
  /** Time for a handshake, milliseconds. */
  readonly handshakeMs: number;
  readonly onNews: (news: TlsNews) => void;
}

/** The server of a listener: plain, or with TLS from files that are read again when they change. */
export interface Listener {
  readonly scheme: 'http' | 'https';
  create(options: ServerOptions, handler: RequestListener): Server;
  /** Looks at the files now. */
  look(): void;
  close(): void;
}

/** @throws {SallyportError} `CONFIG_INVALID` where the files make no TLS */
export function openListener({ listener, tls, handshakeMs, onNews }: ListenerOptions): Listener {
  if (tls === undefined) {
    return { scheme: 'http', create: createHttpServer, look: () => undefined, close: () => undefined };
  }
  const first = readTlsFiles(tls);
  if ('refused' in first) throw new SallyportError('CONFIG_INVALID', { detail: `${listener}.tls: ${first.refused}` });
  const reload = new TlsReload(tls, first, (read) => {
    if ('refused' in read) onNews({ kind: 'tls-refused', listener, reason: read.refused });
    else onNews({ kind: 'tls-reloaded', listener, until: read.until });
  });
  return {
    scheme: 'https',
    create: (options, handler) => {
      const asks = tls.clientCertificates;
      const server = createHttpsServer(
        {
          ...options,
          ...secureOptions(first),
          handshakeTimeout: handshakeMs,
          requestCert: asks !== 'none',
          rejectUnauthorized: asks === 'require',
        },
        (request, response) => {
          if (reload.takes(request, response)) handler(request, response);
        },
      );
      reload.serve(server);
      return server;
    },
    look: () => reload.look(),
    close: () => reload.close(),
  };
}

function secureOptions({ cert, key, ca, minVersion }: TlsMaterial) {
  return { cert, key, minVersion, ...(ca !== undefined && { ca }) };
}

/** Puts new files into force when they make a good pair; until then, and if they don't, the last good one stays. */
class TlsReload {
  readonly #config: TlsConfig;
  readonly #tell: (read: ReadMaterial) => void;
  readonly #watchers: readonly FSWatcher[];
  readonly #timer: NodeJS.Timeout;
  #settling: NodeJS.Timeout | undefined;
  /** Digest of the files under which a connection was opened: those when it began, however long its handshake takes. */
  readonly #openedUnder = new WeakMap<Socket, string>();
  readonly #begunUnder = new Map<string, string>();
  #server: HttpsServer | undefined;
  #inForce: string;
  /** What was looked at last, good or not: nobody is told twice of the same files. */
  #seen: string;

  constructor(config: TlsConfig, first: TlsMaterial, tell: (read: ReadMaterial) => void) {
    this.#config = config;
    this.#tell = tell;
    this.#inForce = first.digest;
    this.#seen = first.digest;
    const { cert, key, ca } = config;
    const folders = new Set([cert, key, ...(ca === undefined ? [] : [ca])].map((file) => dirname(file)));
    // Folders, not files: secrets that are mounted are replaced by renaming, and a watched file would be the old one.
    this.#watchers = [...folders].flatMap((folder) => this.#watch(folder));
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  serve(server: HttpsServer): void {
    this.#server = server;
    server.on('connection', (plain) => {
      if (!(plain instanceof Socket)) return;
      const peer = peerOf(plain);
      this.#begunUnder.set(peer, this.#inForce);
      plain.once('close', () => this.#begunUnder.delete(peer));
    });
    server.on('secureConnection', (socket) => {
      const digest = this.#begunUnder.get(peerOf(socket));
      if (digest !== undefined) this.#openedUnder.set(socket, digest);
    });
  }

  /**
   * Whether a request is served on its connection. One that was busy when new files came into force ends with the answer that is under way:
   * its certificate is perhaps no longer vouched for.
   */
  takes({ socket }: IncomingMessage, response: ServerResponse): boolean {
    if (this.#isOutlived(socket)) {
      response.destroy();
      return false;
    }
    response.once('finish', () => {
      if (this.#isOutlived(socket)) socket.destroySoon();
    });
    return true;
  }

  #isOutlived(socket: Socket): boolean {
    return this.#openedUnder.get(socket) !== this.#inForce;
  }

  look(): void {
    const read = readTlsFiles(this.#config);
    if (read.digest === this.#seen) return;
    this.#seen = read.digest;
    if (read.digest === this.#inForce) return;
    if (!('refused' in read)) {
      this.#server?.setSecureContext(secureOptions(read));
      this.#inForce = read.digest;
      // Connections at rest were opened under the old ones, perhaps by a certificate that is no longer vouched for.
      this.#server?.closeIdleConnections();
    }
    this.#tell(read);
  }

  close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers) watcher.close();
  }

  /** Where the system cannot watch, looking now and then must do. */
  #watch(folder: string): readonly FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#settle());
      watcher.on('error', () => watcher.close());
      return [watcher];
    } catch {
      return [];
    }
  }

  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.look(), SETTLE_MS).unref();
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
