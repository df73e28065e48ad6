/** Clients that misbehave, over raw sockets that cost this process as little as they can. */
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Connections that are opened at a time: a listen queue is finite. */
const AT_ONCE = 100;

/**
 * @param {string} key
 * @param {number} length of the body that follows
 */
const head = (key, length) =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer ${key}\r\n` +
  `content-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

/**
 * Opens connections, and says something on each.
 * @param {{ readonly port: number, readonly count: number, readonly say: (index: number) => string, readonly until: 'open' | 'answered', readonly withinMs?: number }} options
 * @returns {Promise<net.Socket[]>} `answered`: each has got its first bytes and reads no more
 */
async function gather({ port, count, say, until, withinMs = Number.POSITIVE_INFINITY }) {
  /** @type {net.Socket[]} */
  const sockets = [];
  const endsMs = performance.now() + withinMs;
  while (sockets.length < count && performance.now() < endsMs) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, (_, index) =>
      connect(port, say(sockets.length + index), until),
    );
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}

/**
 * @param {number} port
 * @param {string} text
 * @param {'open' | 'answered'} until
 * @returns {Promise<net.Socket>}
 */
function connect(port, text, until) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1' }, () => {
      if (text !== '') socket.write(text);
      if (until === 'open') resolve(socket);
    });
    socket.once('error', reject);
    if (until === 'answered') {
      socket.once('data', () => {
        socket.pause();
        socket.off('error', reject).on('error', () => undefined);
        resolve(socket);
      });
    }
  });
}

/** @param {readonly net.Socket[]} sockets */
export function disperse(sockets) {
  for (const socket of sockets) socket.destroy();
}

/** @param {{ readonly port: number, readonly key: string, readonly count: number, readonly withinMs: number }} options */
export function stalledStreams({ port, key, count, withinMs }) {
  const say = (/** @type {number} */ index) => {
    const messages = [{ role: 'user', content: `an endless answer, please, number ${index}` }];
    const body = JSON.stringify({ model: 'm', stream: true, messages });
    return head(key, body.length) + body;
  };
  return gather({ port, count, say, until: 'answered', withinMs });
}

/** @param {{ readonly port: number, readonly count: number }} options */
export function idleConnections({ port, count }) {
  return gather({ port, count, say: () => '', until: 'open' });
}

/**
 * Sends a large body a little at a time, for so long.
 * @param {{ readonly port: number, readonly key: string, readonly count: number, readonly forMs: number }} options
 */
export async function slowUploads({ port, key, count, forMs }) {
  const sockets = await gather({ port, count, say: () => `${head(key, 1_048_576)}{"model":"m","x":"`, until: 'open' });
  for (const socket of sockets) socket.on('error', () => undefined);
  for (let spent = 0; spent < forMs; spent += 100) {
    for (const socket of sockets) socket.write('x'.repeat(100));
    await pause(100);
  }
  return sockets;
}
