/** `npm run bench -- audit [--records <n>] [--seconds <n>]`: what the audit log costs; the last line is the summary as JSON. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { quantile, rounded } from '../rig/statistics.mjs';

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '5000' },
  },
});
const packages = new URL('../../packages/', import.meta.url);
const load = (/** @type {string} */ name) => import(new URL(`${name}/dist/index.js`, packages).href);
/** @type {typeof import('@sallyport/record')} */
const record = await load('record');
/** @type {typeof import('@sallyport/stores')} */
const stores = await load('stores');

const root = mkdtempSync(path.join(tmpdir(), 'sallyport-bench-audit-'));
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
try {
  process.stdout.write(`${JSON.stringify(await measure())}\n`);
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function measure() {
  const sustained = await atRate(Number(options.rate), Number(options.seconds));
  const large = await inLargeLog(Number(options.records));
  const figures = { ...sustained, ...large };
  const ratios = {
    sustained_vs_5000: rounded(sustained.recordsPerSecond / 5_000),
    verify_million_vs_minute: rounded((large.verifySeconds * (1_000_000 / large.records)) / 60),
  };
  return { name: 'audit', ratios, figures };
}

/** An exchange's two records, of the size that a gateway with all detectors writes: about 1.5 KB each. */
function pairOf(/** @type {number} */ n) {
  const exchange = `0199c0de-0000-7000-8000-${String(n).padStart(12, '0')}`;
  const base = { v: 1, exchange, at: new Date().toISOString() };
  const lines = Array.from({ length: 12 }, (_, k) => ({
    detector: `detector-${k}`,
    status: 'ran',
    segments: 3,
    chars: 1_200,
  }));
  const receipt = { lines, unseen: [], segments: 3, inspectedChars: 1_200, uninspectedChars: 0 };
  const principal = { kind: 'service', id: 'app', tenant: 'default', groups: ['staff'] };
  const request = {
    protocol: 'openai-chat',
    route: 'demo',
    model: 'demo-1',
    stream: true,
    tools: [],
    messages: 3,
    bodyBytes: 4_000,
  };
  const decision = { effect: 'allow', policies: ['allow-known-keys'], monitored: [], obligations: [] };
  const decisions = [{ kind: 'access', question: { action: 'useModel', context: {} }, decision }];
  const shared = { ...base, principal, request, decisions, receipt, redacted: {}, policySet: 'a'.repeat(64) };
  return [
    { ...shared, kind: 'opened', effect: 'allow', detectors: 'd'.repeat(64), body: 'b'.repeat(64) },
    {
      ...shared,
      kind: 'closed',
      outcome: 'completed',
      status: 200,
      effect: 'allow',
      restored: 0,
      answer: {},
      releasedChars: 900,
      ms: { total: 12, held: 1 },
    },
  ];
}

/** @param {string} name */
async function openLog(name) {
  const folder = path.join(root, name);
  const keys = stores.openInstallKeys(folder);
  const store = stores.openRecordStore(folder);
  const log = await record.createAuditLog({ store, ...keys });
  return { folder, keys, store, log };
}

/** As many records a second as asked, strict, for so long: how many were durable, and how long each waited. */
async function atRate(/** @type {number} */ rate, /** @type {number} */ seconds) {
  const { store, log } = await openLog('rate');
  /** @type {number[]} */
  const waits = [];
  let started = 0;
  let done = 0;
  let refused = 0;
  const cpu = process.cpuUsage();
  const beginMs = performance.now();
  /** @type {Promise<void>[]} */
  const all = [];
  while (performance.now() - beginMs < seconds * 1_000) {
    const due = Math.floor(((performance.now() - beginMs) / 1_000) * rate);
    for (; started < due; started += 1) {
      const at = performance.now();
      const entry = /** @type {import('@sallyport/core').AuditRecord} */ (pairOf(started >> 1)[started % 2]);
      all.push(
        log.append(entry).then(
          () => {
            done += 1;
            waits.push(performance.now() - at);
          },
          () => {
            refused += 1;
          },
        ),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(all);
  const elapsed = (performance.now() - beginMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  await log.close();
  await store.close();
  const figures = {
    recordsPerSecond: rounded(done / elapsed, 4),
    refused,
    waitP50Ms: rounded(quantile(waits, 0.5)),
    waitP99Ms: rounded(quantile(waits, 0.99)),
    cpuSecondsPerSecond: rounded((user + system) / 1e6 / elapsed),
  };
  say(`at ${rate} records/s: ${JSON.stringify(figures)}`);
  return figures;
}

/** A log of so many records: proofs out of it, their checks, and the check of the whole. */
async function inLargeLog(/** @type {number} */ records) {
  const { folder, keys, store, log } = await openLog('large');
  const beginMs = performance.now();
  for (let n = 0; n < records / 2; n += 512) {
    const pairs = Array.from({ length: Math.min(512, records / 2 - n) }, (_, k) => pairOf(n + k)).flat();
    await Promise.all(pairs.map((one) => log.append(/** @type {import('@sallyport/core').AuditRecord} */ (one))));
  }
  const appendSeconds = (performance.now() - beginMs) / 1_000;
  await log.close();
  await store.close();
  say(`${records} records written in ${rounded(appendSeconds)} s`);

  const reader = stores.openRecordReader(folder);
  const logKey = record.verifierKey(keys.origin, keys.publicKey);
  /** @type {number[]} */
  const proveMs = [];
  /** @type {number[]} */
  const checkMs = [];
  for (let n = 0; n < 500; n += 1) {
    const index = Math.floor((n / 500) * records);
    const at = performance.now();
    const { leaf, proof } = await record.proveLeaf({ reader, publicKey: keys.publicKey }, index);
    proveMs.push(performance.now() - at);
    const then = performance.now();
    const parsed = record.parseTlogProof(proof);
    if (parsed === undefined || record.proofProblems(parsed, { leaf, log: logKey }).length > 0)
      throw new Error('a proof does not hold');
    checkMs.push(performance.now() - then);
  }
  const growAt = performance.now();
  record.proveGrowth({ reader, publicKey: keys.publicKey }, Math.floor(records / 3));
  const growthMs = performance.now() - growAt;

  const verifyAt = performance.now();
  const verifyCpu = process.cpuUsage();
  const report = await record.verifyLog(reader, keys.publicKey, { origin: keys.origin });
  const verifySeconds = (performance.now() - verifyAt) / 1_000;
  const used = process.cpuUsage(verifyCpu);
  if (!report.ok || report.leaves !== records) throw new Error('the log does not verify');
  await reader.close();
  const figures = {
    records,
    appendPerSecond: rounded(records / appendSeconds),
    bytesPerRecord: rounded(statSync(path.join(folder, 'records.db')).size / records, 4),
    proveP50Ms: rounded(quantile(proveMs, 0.5)),
    proveP99Ms: rounded(quantile(proveMs, 0.99)),
    checkP50Ms: rounded(quantile(checkMs, 0.5)),
    checkP99Ms: rounded(quantile(checkMs, 0.99)),
    growthProofMs: rounded(growthMs),
    verifySeconds: rounded(verifySeconds),
    verifyCpuSeconds: rounded((used.user + used.system) / 1e6),
  };
  say(JSON.stringify(figures));
  return figures;
}
