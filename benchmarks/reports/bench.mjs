/**
 * `npm run bench -- reports [--records <n>]`: what does a report cost? CPU of a record with and without reading it from the log, and memory where all is
 * attacked; the last line is the summary as JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ImpactFigures, VendorFigures } from '@sallyport/monitor';
import { rounded } from '../rig/statistics.mjs';
import { exchangeOf, period } from './traffic.mjs';

const { values: options } = parseArgs({ options: { records: { type: 'string', default: '400000' } } });
const packages = new URL('../../packages/', import.meta.url);
const load = (/** @type {string} */ name) => import(new URL(`${name}/dist/index.js`, packages).href);
/** @type {typeof import('@sallyport/record')} */
const record = await load('record');
/** @type {typeof import('@sallyport/stores')} */
const stores = await load('stores');
/** @type {typeof import('@sallyport/runtime')} */
const runtime = await load('runtime');

const MIB = 1_048_576;
/** Exchanges whose records wait for the log at once. */
const APPENDED_AT_ONCE = 1_000;
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
setFlagsFromString('--expose-gc');
/** @type {() => void} */
const collect = runInNewContext('gc');

/** @type {Record<string, () => VendorFigures | ImpactFigures>} */
const KINDS = { vendors: () => new VendorFigures(period), impact: () => new ImpactFigures(period) };

const root = mkdtempSync(path.join(tmpdir(), 'sallyport-bench-reports-'));
try {
  const count = Number(options.records);
  const figures = { ...counting(count), ...(await fromLog(count)) };
  const ratios = {
    // Twice the records, all of them attacked: what is kept must not grow with them.
    vendors_memory: rounded(figures.vendors_mib / Math.max(1, figures.vendors_half_mib)),
    impact_memory: rounded(figures.impact_mib / Math.max(1, figures.impact_half_mib)),
  };
  process.stdout.write(`${JSON.stringify({ name: 'reports', ratios, figures })}\n`);
} finally {
  rmSync(root, { recursive: true, force: true });
}

/** Records that are made as they are taken, so that nothing but the figures holds memory. */
function counting(/** @type {number} */ count) {
  /** @type {Record<string, number>} */
  const found = {};
  for (const [kind, open] of Object.entries(KINDS)) {
    takenBy(open, count / 2);
    const half = takenBy(open, count / 2);
    const all = takenBy(open, count);
    say(`${kind}: ${half.mib} MiB after half of ${count} records, ${all.mib} MiB after all`);
    Object.assign(found, { [`${kind}_half_mib`]: half.mib, [`${kind}_mib`]: all.mib, [`${kind}_us`]: all.us });
  }
  return /** @type {typeof found & Record<'vendors_mib' | 'vendors_half_mib' | 'impact_mib' | 'impact_half_mib', number>} */ (
    found
  );
}

/**
 * @param {() => VendorFigures | ImpactFigures} open
 * @param {number} records
 */
function takenBy(open, records) {
  collect();
  const before = process.memoryUsage();
  const kept = open();
  let taken = 0;
  let ns = 0n;
  for (let n = 0; taken < records; n += 1) {
    const made = exchangeOf(n);
    const startedNs = process.hrtime.bigint();
    for (const each of made) kept.take(each);
    ns += process.hrtime.bigint() - startedNs;
    taken += made.length;
  }
  collect();
  const after = process.memoryUsage();
  const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  kept.report({ log: { origin: '', size: taken, archived: 0 }, period, madeAt: '' });
  return { mib: rounded(bytes / MIB), us: rounded(Number(ns) / taken / 1_000) };
}

/** The same records in a log, read as the command reads them. */
async function fromLog(/** @type {number} */ count) {
  const data = path.join(root, 'data');
  const keys = stores.openInstallKeys(data);
  const store = stores.openRecordStore(data);
  const log = await record.createAuditLog({ store, ...keys });
  let records = 0;
  for (let n = 0; records < count; ) {
    /** @type {Promise<void>[]} */
    const all = [];
    for (const end = n + APPENDED_AT_ONCE; n < end; n += 1) {
      for (const each of exchangeOf(n)) all.push(log.append(each));
    }
    await Promise.all(all);
    records += all.length;
  }
  await log.close();
  await store.close();
  say(`${records} records in a log`);
  /** @type {Record<string, number>} */
  const found = { records };
  for (const kind of /** @type {const} */ (['vendors', 'impact'])) {
    const make = kind === 'vendors' ? runtime.vendorReport : runtime.impactReport;
    const cpu = process.cpuUsage();
    const startedMs = performance.now();
    await make(data, { period });
    const { user, system } = process.cpuUsage(cpu);
    found[`${kind}_log_us`] = rounded(((performance.now() - startedMs) * 1_000) / records);
    found[`${kind}_log_cpu_us`] = rounded((user + system) / records);
  }
  return found;
}
