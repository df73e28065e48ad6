/** A server of tools over Streamable HTTP that answers at once: what it says is ordinary text, never the same twice. */
import { createServer } from 'node:http';

const TOOLS = [
  {
    name: 'find_minutes',
    description: 'Finds the minutes of a meeting.',
    inputSchema: {
      type: 'object',
      properties: { about: { type: 'string' }, bytes: { type: 'integer', minimum: 0 } },
      required: ['about', 'bytes'],
    },
  },
];
const WORDS =
  'the board met on a Tuesday and spoke about roofs gardens trams bridges schools and who is to mend them'.split(' ');

let said = 0;

/** @param {number} bytes */
function minutes(bytes) {
  said += 1;
  let text = `Minutes ${said}.`;
  while (text.length < bytes) {
    said += 1;
    const at = said % WORDS.length;
    text += ` ${WORDS.slice(at).concat(WORDS.slice(0, at)).join(' ')} ${said % 97}.`;
  }
  return text.slice(0, Math.max(bytes, 16));
}

/** @param {{ method: string, params: { arguments: { bytes: number } } }} request */
function answer({ method, params }) {
  if (method === 'initialize') {
    const capabilities = { tools: {} };
    return { protocolVersion: '2025-11-25', capabilities, serverInfo: { name: 'bench', version: '1' } };
  }
  if (method === 'tools/list') return { tools: TOOLS };
  return { content: [{ type: 'text', text: minutes(params.arguments.bytes) }] };
}

const server = createServer(async (request, response) => {
  if (request.method !== 'POST') return response.writeHead(405).end();
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const message = JSON.parse(Buffer.concat(chunks).toString());
  if (message.id === undefined) return response.writeHead(202).end();
  if (message.method === 'server/discover') {
    const error = { code: -32601, message: 'method not found' };
    return response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ jsonrpc: '2.0', id: message.id, error }));
  }
  const body = JSON.stringify({ jsonrpc: '2.0', id: message.id, result: answer(message) });
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () =>
  process.send?.({ port: /** @type {import('node:net').AddressInfo} */ (server.address()).port }),
);
