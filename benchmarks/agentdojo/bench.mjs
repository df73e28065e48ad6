/**
 * `npm run bench -- agentdojo [--data <folder>] [--write]`: what happens to recorded agents, benign and attacked, on their way
 * through the gateway? The last line is the summary as JSON; `--write` also writes the page of the reference.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import OpenAI from 'openai';
import { readConversations } from './conversation.mjs';
import { startGateway } from './gateway-process.mjs';
import { replay } from './replay.mjs';
import { closing, conversationTable, page, rowOf, summaryTable } from './report.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = path.join(ROOT, 'docs', 'reference', 'agentdojo-replay.md');

const { values: options } = parseArgs({
  options: { data: { type: 'string' }, write: { type: 'boolean', default: false } },
});
const folder =
  options.data ?? process.env.AGENTDOJO_DATA ?? path.join(ROOT, '..', 'shared', 'data', 'agent', 'agentdojo');
const [sample, toolFile] = ['sample-40.jsonl.gz', 'tools.json'].map((name) => path.join(folder, name));

if (sample === undefined || toolFile === undefined || !existsSync(sample) || !existsSync(toolFile)) {
  process.stderr.write(
    'skipped: no recorded conversations; name the folder of sample-40.jsonl.gz and tools.json with --data or AGENTDOJO_DATA\n',
  );
  process.stdout.write(`${JSON.stringify({ name: 'agentdojo', ratios: {}, figures: {}, skipped: true })}\n`);
  if (options.data !== undefined) process.exitCode = 1;
} else {
  await main(readConversations(sample), JSON.parse(readFileSync(toolFile, 'utf8')));
}

/**
 * @param {readonly import('./conversation.mjs').Conversation[]} conversations
 * @param {Record<string, readonly import('./conversation.mjs').Tool[]>} tools by suite
 */
async function main(conversations, tools) {
  const gateway = await startGateway();
  const rows = [];
  try {
    const client = new OpenAI({ baseURL: gateway.baseURL, apiKey: gateway.key, maxRetries: 0 });
    for (const conversation of conversations) {
      const offered = tools[conversation.suite] ?? [];
      const report = await replay(conversation, offered, { client, recordsOf: gateway.recordsOf });
      rows.push(rowOf(report, rows.length));
    }
  } finally {
    await gateway.stop();
  }
  process.stdout.write(`${conversationTable(rows)}\n\n${summaryTable(rows)}\n\n`);
  if (options.write) writeFileSync(PAGE, page(rows, gateway));
  process.stdout.write(`${JSON.stringify(closing(rows))}\n`);
}
