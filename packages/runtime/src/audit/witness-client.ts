import { Pool } from 'undici';

/** Time for a connection, and for the whole of one call, milliseconds. */
const CONNECT_MS = 5_000;
const CALL_MS = 10_000;
/** Of an answer; a witness's is some hundred bytes. */
const ANSWER_MAX_BYTES = 16_384;

export interface WitnessReply {
  readonly status: number;
  readonly body: string;
}

export interface WitnessClient {
  /** Rejects when there is no whole answer in time. */
  addCheckpoint(body: string): Promise<WitnessReply>;
  close(): Promise<void>;
}

/** Posts to one witness and nowhere else: no redirect is followed. One connection, so that nothing piles up. */
export function createWitnessClient(url: string, callMs = CALL_MS): WitnessClient {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: 1, connect: { timeout: CONNECT_MS }, maxHeaderSize: 16_384 });
  return {
    addCheckpoint: async (body) => {
      const answer = await pool.request({
        method: 'POST',
        path: `${pathname.replace(/\/$/, '')}/add-checkpoint`,
        headers: { 'content-type': 'text/plain; charset=utf-8', 'user-agent': 'sallyport' },
        body,
        signal: AbortSignal.timeout(callMs),
      });
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        bytes += chunk.byteLength;
        if (bytes > ANSWER_MAX_BYTES) throw new RangeError('answer of the witness is too long');
        chunks.push(chunk);
      }
      return { status: answer.statusCode, body: Buffer.concat(chunks).toString('utf8') };
    },
    close: () => pool.destroy(),
  };
}
