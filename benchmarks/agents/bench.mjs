/**
 * `npm run bench -- agents [--data <folder>]`: what would flow control have done to recorded agents? The last line is the summary
 * as JSON.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, runNode } from '../../scripts/workspace.mjs';
import { rounded } from '../rig/statistics.mjs';
import { closingRatios, tableOf } from './report.mjs';

const RUNS = ['benign', 'attack-succeeded', 'attack-resisted'];

const { values: options } = parseArgs({ options: { data: { type: 'string' } } });
const folder =
  options.data ?? process.env.AGENTDOJO_DATA ?? path.join(ROOT, '..', 'shared', 'data', 'agent', 'agentdojo');
const files = RUNS.map((name) => path.join(folder, `${name}.jsonl.gz`));
const [tools = '', critical = ''] = ['tools.json', 'critical-calls.jsonl.gz'].map((name) => path.join(folder, name));

if (![...files, tools, critical].every((file) => existsSync(file))) {
  process.stderr.write(`skipped: no recorded runs; name their folder with --data or AGENTDOJO_DATA\n`);
  process.stdout.write(`${JSON.stringify({ name: 'agents', ratios: {}, figures: {}, skipped: true })}\n`);
  if (options.data !== undefined) process.exitCode = 1;
} else {
  const startMs = performance.now();
  const command = path.join(ROOT, 'packages', 'cli', 'bin', 'sallyport.js');
  const args = [
    'replay',
    'agentdojo',
    '--tools',
    tools,
    '--critical',
    critical,
    '--policy',
    'all',
    '--models',
    '--json',
  ];
  const { code, output } = await runNode([command, ...args, '--runs', ...files], { quiet: true });
  if (code !== 0) throw new Error(`the replay ended with ${code}`);
  /** @type {import('./report.mjs').Figures[]} */
  const figures = JSON.parse(output.slice(output.indexOf('[')));
  process.stdout.write(`${figures.map(tableOf).join('\n\n')}\n\n`);
  const seconds = rounded((performance.now() - startMs) / 1000);
  process.stdout.write(`${JSON.stringify({ name: 'agents', ratios: closingRatios(figures), figures: { seconds } })}\n`);
}
