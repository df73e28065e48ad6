/** A model that answers every request with a stream of 10 MiB, as fast as it is read; `hi` alone is answered shortly. */
import http from 'node:http';

const STREAM_BYTES = 10 * 1_048_576;
const PIECES = 16;

/** @param {object} delta @param {string | null} finish */
const event = (delta, finish = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const block = Buffer.from(
  Array.from({ length: PIECES }, (_, index) =>
    event({ content: `word ${index} of an answer that does not end, `.repeat(24) }),
  ).join(''),
);
const end = `${event({}, 'stop')}data: [DONE]\n\n`;

const server = http.createServer((request, response) => {
  let body = '';
  request.setEncoding('latin1').on('data', (text) => {
    if (body.length < 4_096) body += text;
  });
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (!body.includes('endless')) return response.end(event({ content: 'hello' }) + end);
    let sent = 0;
    const more = () => {
      while (sent < STREAM_BYTES) {
        sent += block.length;
        if (!response.write(block)) return response.once('drain', more);
      }
      return response.end(end);
    };
    more();
  });
  request.on('error', () => undefined);
  response.on('error', () => undefined);
});

process.once('disconnect', () => process.exit());
server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 }, () => {
  const address = server.address();
  process.send?.({ port: address !== null && typeof address === 'object' ? address.port : 0 });
});
