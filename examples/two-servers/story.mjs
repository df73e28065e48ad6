/**
 * An agent with two servers of tools, once with its model out of the gateway's sight and once with it behind the gateway. Exits
 * non-zero when what it shows is not true.
 */
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { generateText, jsonSchema, stepCountIs, tool } from 'ai';
import { behindTheGateway, elsewhere } from './demo-model.mjs';

const URL_OF_GATEWAY = process.env.SALLYPORT_URL ?? 'http://127.0.0.1:8787';
const ADMIN = process.env.SALLYPORT_ADMIN_URL ?? 'http://127.0.0.1:8788';
const KEY = process.env.SALLYPORT_KEY ?? '';
const ADMIN_TOKEN = process.env.SALLYPORT_ADMIN_TOKEN ?? '';
const THEIRS = 'DE89370400440532013000';

/** @param {string} server */
async function connect(server) {
  const client = new Client({ name: 'agent', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${KEY}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${URL_OF_GATEWAY}/mcp/${server}`), { requestInit }));
  return client;
}

/** @param {Client} client @param {string} name @param {Record<string, unknown>} given */
async function callOf(client, name, given) {
  const { content } = await client.callTool({ name, arguments: given });
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

/** @param {readonly Client[]} clients */
async function toolsOf(clients) {
  const lists = await Promise.all(
    clients.map(async (client) => {
      const { tools } = await client.listTools();
      return tools.map(({ name, description = '', inputSchema }) => {
        const schema = jsonSchema(/** @type {import('ai').JSONSchema7} */ (inputSchema));
        /** @param {unknown} given */
        const execute = (given) => callOf(client, name, /** @type {Record<string, unknown>} */ (given));
        return /** @type {const} */ ([name, tool({ description, inputSchema: schema, execute })]);
      });
    }),
  );
  return Object.fromEntries(lists.flat());
}

/** @param {string} task @param {typeof fetch} model */
async function runAgent(task, model) {
  const provider = createOpenAI({ baseURL: `${URL_OF_GATEWAY}/v1`, apiKey: KEY, fetch: model });
  const [files, bank] = [await connect('files'), await connect('bank')];
  try {
    const tools = await toolsOf([files, bank]);
    const { text } = await generateText({
      model: provider.chat('demo'),
      tools,
      prompt: task,
      stopWhen: stepCountIs(6),
    });
    console.log(`  ${text}`);
    return await callOf(bank, 'list_payments', {});
  } finally {
    await Promise.all([files.close(), bank.close()]);
  }
}

/**
 * @typedef {{ path: string, words: string, evidence: readonly { where: string, excerpt: string }[] }} Source
 * @typedef {{ id: string, provenance: readonly Source[] }} Waiting
 */

/** What an operator is shown of the call that waits: where its recipient came from. */
async function shownToOperator() {
  const answer = await fetch(`${ADMIN}/api/v1/approvals`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  const { approvals } = /** @type {{ approvals: readonly Waiting[] }} */ (await answer.json());
  const [waiting] = approvals;
  const recipient = waiting?.provenance.find(({ path }) => path === 'recipient');
  const [came] = recipient?.evidence ?? [];
  assert.ok(waiting !== undefined && recipient !== undefined && came !== undefined);
  return { id: waiting.id, words: recipient.words, ...came };
}

console.log('The model is somewhere else, and the gateway sees only the tools. A bill names a new account:');
const stopped = await runAgent('Read water-june.txt and pay the bill.', elsewhere);
assert.equal(stopped, '0 payments today', 'the money went out');
const { id, where, words, excerpt } = await shownToOperator();
console.log(`  The bank did not get the call. It waits for a person (${id}), who is shown of its recipient:`);
console.log(`  ${where}; ${words}.`);
console.log(`  ${excerpt}`);
assert.match(where, /the result of `read_file` for `[^`]*water-june\.txt`.* line 3/);
assert.match(excerpt, /Our account is now/);

console.log('The model is behind the gateway too, and its user names the account:');
const paid = await runAgent(`Read water-may.txt and pay the bill: send the money to ${THEIRS}.`, behindTheGateway);
assert.equal(paid, '1 payments today');
console.log("  The bank knew the call again as the one that the model made: its recipient is the user's own word.");
