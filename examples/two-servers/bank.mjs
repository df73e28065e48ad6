/** A server of tools that moves money, and says what it has moved in this session. */
import { fromJsonSchema, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

/** @type {string[]} */
const paid = [];

/** @type {import('@modelcontextprotocol/server').StandardSchemaWithJSON<{ recipient: string, amount: number }>} */
const PAYMENT = fromJsonSchema({
  type: 'object',
  properties: { recipient: { type: 'string' }, amount: { type: 'number' } },
  required: ['recipient', 'amount'],
});
const NOTHING = fromJsonSchema({ type: 'object', properties: {} });

serveStdio(() => {
  const server = new McpServer({ name: 'bank', version: '1' });
  const send = {
    description: 'Sends money to an account.',
    inputSchema: PAYMENT,
  };
  server.registerTool('send_money', send, async ({ recipient }) => {
    paid.push(recipient);
    return { content: [{ type: 'text', text: 'The money is on its way.' }] };
  });
  const list = { description: 'Lists the payments of today.', inputSchema: NOTHING };
  server.registerTool('list_payments', list, async () => ({
    content: [{ type: 'text', text: `${paid.length} payments today` }],
  }));
  return server;
});
