const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const CONTENT = Buffer.from('"content":"');
const QUOTE = 0x22;

/** Follows one streamed answer after the other on a connection, at as little cost as it can. */
export class StreamReader {
  /** Whether the head said 200. */
  ok = false;
  /** Whether a text that is not empty has come. */
  hasText = false;
  /** Pieces of text in what brought the first of them. */
  firstTexts = 0;
  #keeps;
  #inBody = false;
  /** @type {Buffer} */
  #tail = Buffer.alloc(0);
  /** @type {Buffer[]} */
  #kept = [];

  /** @param {{ keeps: boolean }} options `keeps`: whether the body is kept, so that its events can be counted */
  constructor({ keeps }) {
    this.#keeps = keeps;
  }

  reset() {
    this.ok = false;
    this.hasText = false;
    this.firstTexts = 0;
    this.#inBody = false;
    this.#tail = Buffer.alloc(0);
    this.#kept = [];
  }

  /** Events of a body that was kept. */
  get events() {
    return unchunked(Buffer.concat(this.#kept)).split('data: ').length - 1;
  }

  /**
   * @param {Buffer} data
   * @returns {boolean} whether the answer is complete
   */
  push(data) {
    const all = this.#tail.length > 0 ? Buffer.concat([this.#tail, data]) : data;
    if (!this.#inBody) {
      const end = all.indexOf(HEAD_END);
      if (end < 0) {
        this.#tail = all;
        return false;
      }
      this.ok = all.toString('latin1', 0, end).startsWith('HTTP/1.1 200');
      this.#inBody = true;
      this.#tail = Buffer.alloc(0);
      return this.push(all.subarray(end + HEAD_END.length));
    }
    if (this.#keeps) this.#kept.push(data);
    if (!this.hasText) {
      this.firstTexts = textsIn(all);
      this.hasText = this.firstTexts > 0;
    }
    // Before its first text an answer is short.
    this.#tail = this.hasText ? all.subarray(Math.max(0, all.length - LAST_CHUNK.length)) : all;
    return this.#tail.length >= LAST_CHUNK.length && this.#tail.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
  }
}

/** @param {Buffer} bytes */
function textsIn(bytes) {
  let texts = 0;
  for (let at = bytes.indexOf(CONTENT); at >= 0; at = bytes.indexOf(CONTENT, at + 1)) {
    const next = bytes[at + CONTENT.length];
    if (next !== undefined && next !== QUOTE) texts += 1;
  }
  return texts;
}

/** @param {Buffer} body in HTTP's chunks */
function unchunked(body) {
  let text = '';
  for (let at = 0; at < body.length; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    if (!(size > 0)) break;
    text += body.toString('latin1', lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
  return text;
}
