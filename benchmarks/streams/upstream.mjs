/**
 * The model behind the streams: a process of its own that speaks just enough HTTP over raw sockets. Each event is a chunk of
 * HTTP's and a write, as providers send them. The requested model's name says how the answer comes: `bulk-200` as fast as
 * it is taken, `paced-200-5` an event every 5 ms, `idle` with its first words and then nothing.
 */
import net from 'node:net';
import { answerEvents } from './answers.mjs';

/** Answers of different text, by their number of chunks. */
const VARIANTS = 64;
/** Events of one stream that are written before another's turn. */
const TURN_WRITES = 8;
/** Chunks of text in the first words of an idle stream. */
const FIRST_WORDS = 8;
const HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nx-request-id: bench\r\ntransfer-encoding: chunked\r\n\r\n';

/** @param {string} event */
const chunk = (event) => `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`;

/** @type {Map<number, Buffer[][]>} by number of chunks: the head and the first event, then an event each */
const answers = new Map();
let served = 0;

/**
 * @param {number} chunks
 * @returns {readonly Buffer[]} what is written, a piece after the other
 */
function next(chunks) {
  let variants = answers.get(chunks);
  if (variants === undefined) {
    variants = Array.from({ length: VARIANTS }, (_, seed) => {
      const [role = '', ...events] = answerEvents(chunks * VARIANTS + seed, chunks).map(chunk);
      const last = events.pop() ?? '';
      return [HEAD + role, ...events, last + chunk('')].map((text) => Buffer.from(text));
    });
    answers.set(chunks, variants);
  }
  served += 1;
  return variants[served % VARIANTS] ?? [];
}

/**
 * As fast as they are taken, a write for each event; after some of them it is another stream's turn.
 * @param {net.Socket} socket
 * @param {readonly Buffer[]} writes
 */
function sendAtOnce(socket, writes) {
  let sent = 0;
  const send = () => {
    const turnEnd = Math.min(sent + TURN_WRITES, writes.length);
    let isTaken = !socket.destroyed;
    while (sent < turnEnd && isTaken) {
      isTaken = socket.write(/** @type {Buffer} */ (writes[sent]));
      sent += 1;
    }
    if (sent === writes.length || socket.destroyed) return;
    if (isTaken) setImmediate(send);
    else socket.once('drain', send);
  };
  send();
}

/**
 * @param {net.Socket} socket
 * @param {readonly Buffer[]} writes
 * @param {number} paceMs
 */
function sendPaced(socket, writes, paceMs) {
  let sent = 0;
  const send = () => {
    if (socket.destroyed) return clearInterval(timer);
    socket.write(/** @type {Buffer} */ (writes[sent]));
    sent += 1;
    if (sent === writes.length) clearInterval(timer);
  };
  const timer = setInterval(send, paceMs);
  send();
}

/**
 * @param {net.Socket} socket
 * @param {string} start of the request's body
 */
function answer(socket, start) {
  const [, form, chunks = '', paceMs] = /"bench-([a-z]+)-?(\d*)-?(\d*)"/.exec(start) ?? [];
  if (form === 'bulk') sendAtOnce(socket, next(Number(chunks)));
  else if (form === 'paced') sendPaced(socket, next(Number(chunks)), Number(paceMs));
  else if (form === 'idle') socket.write(Buffer.concat(next(200).slice(0, 1 + FIRST_WORDS)));
  else socket.destroy();
}

const server = net.createServer({ noDelay: true }, (socket) => {
  let head = '';
  let bodyLeft = -1;
  let start = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    let body = data;
    if (bodyLeft < 0) {
      head += data.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      bodyLeft = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      body = Buffer.from(head.slice(end + 4), 'latin1');
      head = '';
      start = '';
    }
    if (start.length < 64) start += body.toString('latin1', 0, 64);
    bodyLeft -= body.length;
    if (bodyLeft > 0) return;
    bodyLeft = -1;
    answer(socket, start);
  });
});

process.once('disconnect', () => process.exit());
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  const address = server.address();
  process.send?.({ port: address !== null && typeof address === 'object' ? address.port : 0 });
});
