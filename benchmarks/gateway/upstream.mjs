/**
 * The model that everything is measured against: a process of its own that speaks just enough HTTP over raw sockets to
 * cost next to nothing. Answers are written once; each one sent carries a number of its own.
 */
import net from 'node:net';
import { textSource } from '../rig/texts.mjs';

const VARIANTS = 512;
const ANSWER_CHARS = 1_000;
const EVENT_CHARS = 24;
const PACE_MS = 5;
const SERIAL = '#000000000000';
const HEAD = 'HTTP/1.1 200 OK\r\nx-request-id: bench\r\n';

/** @param {string} data */
const event = (data) => `data: ${data}\n\n`;
/** @param {string} text */
const chunk = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;
/** @param {string} wire */
const answerOf = (wire) => {
  const bytes = Buffer.from(wire, 'latin1');
  return { bytes, serialAt: bytes.indexOf(SERIAL) + 1 };
};

/** @param {string} text */
function jsonAnswer(text) {
  const body =
    '{"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"bench","choices":[{"index":0,' +
    `"message":{"role":"assistant","content":"${SERIAL} ${text}","refusal":null},"logprobs":null,"finish_reason":"stop"}],` +
    '"usage":{"prompt_tokens":250,"completion_tokens":250,"total_tokens":500}}';
  return answerOf(`${HEAD}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}

/**
 * @param {string} text
 * @returns {string[]} head and first event; then one event each
 */
function streamParts(text) {
  const of = (/** @type {string} */ delta, /** @type {string} */ finish) =>
    chunk(
      event(
        '{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench",' +
          `"choices":[{"index":0,"delta":${delta},"finish_reason":${finish}}]}`,
      ),
    );
  const head = `${HEAD}content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n`;
  const parts = [head + of('{"role":"assistant","refusal":null}', 'null'), of(`{"content":"${SERIAL} "}`, 'null')];
  // Texts hold escaped quotes: an event must not end inside an escape.
  for (const [piece] of text.matchAll(new RegExp(`(?:\\\\.|[^\\\\]){1,${EVENT_CHARS}}`, 'g'))) {
    parts.push(of(`{"content":"${piece}"}`, 'null'));
  }
  parts.push(of('{}', '"stop"') + chunk(event('[DONE]')) + chunk(''));
  return parts;
}

const source = textSource(1);
const texts = Array.from({ length: VARIANTS }, () => source(ANSWER_CHARS));
const streams = texts.map(streamParts);
const json = texts.map(jsonAnswer);
const bursts = streams.map((parts) => answerOf(parts.join('')));
let served = 0;

/** @param {readonly { bytes: Buffer, serialAt: number }[]} answers */
function next(answers) {
  served += 1;
  const { bytes, serialAt } = /** @type {typeof answers[number]} */ (answers[served % VARIANTS]);
  const own = Buffer.from(bytes);
  own.write(String(served).padStart(SERIAL.length - 1, '0'), serialAt, 'latin1');
  return own;
}

/** @param {net.Socket} socket */
function sendPaced(socket) {
  served += 1;
  const serial = `#${String(served).padStart(SERIAL.length - 1, '0')}`;
  const parts = streams[served % VARIANTS] ?? [];
  let sent = 0;
  const send = () => {
    if (socket.destroyed) return clearInterval(timer);
    socket.write((parts[sent] ?? '').replace(SERIAL, serial), 'latin1');
    sent += 1;
    if (sent === parts.length) clearInterval(timer);
  };
  const timer = setInterval(send, PACE_MS);
  send();
}

/**
 * @param {net.Socket} socket
 * @param {string} start of the request's body
 */
function answer(socket, start) {
  if (start.includes('bench-json')) socket.write(next(json));
  else if (start.includes('bench-burst')) socket.write(next(bursts));
  else sendPaced(socket);
}

const server = net.createServer({ noDelay: true }, (socket) => {
  let head = '';
  let bodyLeft = -1;
  let start = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    let body = data;
    if (bodyLeft < 0) {
      const end = data.indexOf('\r\n\r\n');
      head += data.toString('latin1', 0, end < 0 ? data.length : end);
      if (end < 0) return;
      bodyLeft = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      body = data.subarray(end + 4);
      head = '';
      start = '';
    }
    if (start.length < 32) start += body.toString('latin1', 0, 32);
    bodyLeft -= body.length;
    if (bodyLeft > 0) return;
    bodyLeft = -1;
    answer(socket, start);
  });
});

process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: address !== null && typeof address === 'object' ? address.port : 0 });
});
