/**
 * `npm run bench -- mcp [--quick]`: what does a tool call cost that goes through the wall? The same calls go straight to a server and
 * through the gateway with everything on, in turn; the last line is the summary as JSON.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { GATEWAY_KEY, startGateway, startProgram } from '../rig/children.mjs';
import { usageOf } from '../rig/process-usage.mjs';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const CALLS = options.quick ? 200 : 1_500;
const WARM_UP_CALLS = options.quick ? 200 : 1_500;
const SMALL_BYTES = 200;
const SIZES = /** @type {const} */ ([10_240, 1_048_576]);
const SESSIONS = 200;
const AT_ONCE = 16;
const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

let last = 0;

/** One client of a server, however it is reached. */
class McpClient {
  /** @param {Pool} pool @param {string} path */
  constructor(pool, path) {
    this.pool = pool;
    this.path = path;
    /** @type {Record<string, string>} */
    this.headers = { ...HEADERS, authorization: `Bearer ${GATEWAY_KEY}` };
  }

  /** @param {string} method @param {object} params */
  async ask(method, params) {
    last += 1;
    const body = JSON.stringify({ jsonrpc: '2.0', id: last, method, params });
    const {
      statusCode,
      headers,
      body: answer,
    } = await this.pool.request({ method: 'POST', path: this.path, headers: this.headers, body });
    const text = await answer.text();
    if (statusCode !== 200) throw new Error(`${method}: HTTP ${statusCode}`);
    return { text, session: headers['mcp-session-id'] };
  }

  async open() {
    const clientInfo = { name: 'bench', version: '1' };
    const { session } = await this.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
    if (session !== undefined) this.headers['mcp-session-id'] = String(session);
    this.headers['mcp-protocol-version'] = '2025-11-25';
    await this.ask('tools/list', {});
  }

  /** @param {number} bytes of the result @returns {Promise<number>} milliseconds */
  async call(bytes) {
    last += 1;
    const started = performance.now();
    const { text } = await this.ask('tools/call', {
      name: 'find_minutes',
      arguments: { about: `roof ${last}`, bytes },
    });
    const ms = performance.now() - started;
    if (!text.includes('Minutes') || text.includes('"isError":true')) throw new Error('a call was not answered');
    return ms;
  }
}

/** @param {readonly number[]} values @param {number} share 0..1 */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** @param {number} value */
const rounded = (value) => Math.round(value * 1_000) / 1_000;

const upstream = await startProgram(new URL('upstream.mjs', import.meta.url));
const servers = `mcp:
  servers:
    bench: { url: 'http://127.0.0.1:${upstream.port}/mcp' }
  sessions: { maxPerPrincipal: 1000 }
`;
const gateway = await startGateway(upstream.port, [], servers);
const direct = new McpClient(new Pool(`http://127.0.0.1:${upstream.port}`), '/mcp');
const guarded = new McpClient(new Pool(`http://127.0.0.1:${gateway.port}`), '/mcp/bench');
try {
  await main();
} finally {
  await Promise.all([direct.pool.destroy(), guarded.pool.destroy()]);
  await gateway.stop();
  await upstream.stop();
}

async function main() {
  for (const client of [direct, guarded]) {
    await client.open();
    for (let at = 0; at < WARM_UP_CALLS; at += 1) await client.call(SMALL_BYTES);
  }
  const before = usageOf(gateway.pid)?.cpuSeconds;
  const small = await inTurn(SMALL_BYTES, CALLS);
  const after = usageOf(gateway.pid)?.cpuSeconds;
  const added = {
    median: quantile(small.guarded, 0.5) - quantile(small.direct, 0.5),
    p99: quantile(small.guarded, 0.99) - quantile(small.direct, 0.99),
  };
  // Before results of 1 MB come: what they leave behind for the collector would hide what sessions take.
  const many = await sessions();
  /** @type {number[]} */
  const perKb = [];
  for (const bytes of SIZES) {
    const measured = await inTurn(bytes, bytes > 100_000 ? 12 : 200);
    perKb.push((quantile(measured.guarded, 0.5) - quantile(measured.direct, 0.5)) / (bytes / 1_024));
  }
  const [tenKb = Number.NaN, oneMb = Number.NaN] = perKb;
  const figures = {
    added_ms_median: rounded(added.median),
    added_ms_p99: rounded(added.p99),
    cpu_ms: before === undefined || after === undefined ? null : rounded((1_000 * (after - before)) / CALLS),
    direct_ms_median: rounded(quantile(small.direct, 0.5)),
    us_per_kb_10k: rounded(1_000 * tenKb),
    us_per_kb_1m: rounded(1_000 * oneMb),
    sessions: SESSIONS,
    sessions_ms_p50: rounded(quantile(many.ms, 0.5)),
    session_kib: many.kib === undefined ? null : rounded(many.kib),
  };
  const ratios = {
    call_vs_direct: rounded(quantile(small.guarded, 0.5) / quantile(small.direct, 0.5)),
    kb_of_1m_vs_10k: rounded(oneMb / tenKb),
  };
  process.stdout.write(`${JSON.stringify({ name: 'mcp', ratios, figures })}\n`);
}

/** @param {number} bytes @param {number} calls */
async function inTurn(bytes, calls) {
  /** @type {{ direct: number[], guarded: number[] }} */
  const measured = { direct: [], guarded: [] };
  for (let at = 0; at < calls; at += 1) {
    measured.direct.push(await direct.call(bytes));
    measured.guarded.push(await guarded.call(bytes));
  }
  return measured;
}

/** So many sessions at a time, each of which calls, some at once. */
async function sessions() {
  const before = usageOf(gateway.pid)?.rssBytes;
  const clients = Array.from({ length: SESSIONS }, () => new McpClient(guarded.pool, guarded.path));
  for (let at = 0; at < clients.length; at += AT_ONCE) {
    await Promise.all(clients.slice(at, at + AT_ONCE).map((client) => client.open()));
  }
  /** @type {number[]} */
  const ms = [];
  for (let round = 0; round < 3; round += 1) {
    for (let at = 0; at < clients.length; at += AT_ONCE) {
      ms.push(...(await Promise.all(clients.slice(at, at + AT_ONCE).map((client) => client.call(SMALL_BYTES)))));
    }
  }
  const after = usageOf(gateway.pid)?.rssBytes;
  const grown = before === undefined || after === undefined ? undefined : (after - before) / 1_024 / SESSIONS;
  return { ms, kib: grown };
}
