import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type AnswerHeaders, type Client, Stop } from '@sallyport/core';

/** The client's end of an exchange over a node:http response. */
export class ResponseClient implements Client {
  private readonly response: ServerResponse;
  private readonly stallMs: number;
  /** Aborted when the client has gone. */
  readonly signal = new Stop();

  /** @param stallMs how long the client may leave written bytes unread, milliseconds */
  constructor(response: ServerResponse, stallMs: number) {
    this.response = response;
    this.stallMs = stallMs;
    response.on('close', () => {
      if (!response.writableFinished) this.signal.abort();
    });
    response.on('error', () => this.signal.abort());
  }

  /** The head goes out together with the first bytes: they follow at once. */
  start({ status, headers }: AnswerHeaders): void {
    this.response.writeHead(status, forNode(headers));
  }

  /** A client that reads nothing for `stallMs` is cut off: it would hold its connection to the provider for ever. */
  write(bytes: Uint8Array): Promise<void> | void {
    const { response } = this;
    if (response.destroyed || response.write(bytes)) return;
    return new Promise((resolve) => {
      const stalled = setTimeout(() => response.destroy(), this.stallMs);
      const done = () => {
        clearTimeout(stalled);
        response.off('drain', done);
        response.off('close', done);
        resolve();
      };
      response.on('drain', done);
      response.on('close', done);
    });
  }

  finish(): void {
    this.response.end();
  }

  /** The chunked body is left without its end, which every HTTP client reports as an error. */
  break(last?: Uint8Array): void {
    const { response } = this;
    if (response.destroyed) return;
    if (last === undefined || !response.headersSent) {
      response.destroy();
      return;
    }
    response.write(last, () => response.socket?.destroySoon());
  }

  reply({ status, headers }: AnswerHeaders, body: Uint8Array): void {
    if (this.response.destroyed) return;
    this.response.writeHead(status, { ...forNode(headers), 'content-length': body.length });
    this.response.end(body);
  }
}

/** Node only reads them, whatever its types say. */
function forNode(headers: AnswerHeaders['headers']): OutgoingHttpHeaders {
  return headers as OutgoingHttpHeaders;
}
