/** The yardstick: what a proxy in Node.js costs that looks at nothing. node:http towards clients, an undici pool towards the model. */
import http from 'node:http';
import { Pool } from 'undici';

const [origin = '', connections] = process.argv.slice(2);
const upstream = new Pool(origin, { connections: Number(connections), pipelining: 1 });

/**
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 * @param {Buffer} body
 */
async function forward(request, response, body) {
  const { host, connection, 'content-length': length, ...headers } = request.headers;
  const answer = await upstream.request({ path: request.url ?? '/', method: 'POST', headers, body });
  const { 'transfer-encoding': coding, connection: kept, ...kind } = answer.headers;
  response.once('close', () => answer.body.destroy());
  response.writeHead(answer.statusCode, kind);
  for await (const chunk of answer.body) response.write(chunk);
  response.end();
}

const server = http.createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    forward(request, response, body).catch(() => response.destroy());
  });
});

process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: address !== null && typeof address === 'object' ? address.port : 0 });
});
