import { readdirSync, readFileSync } from 'node:fs';
import type { DecidedRecord, ShredRecord, SignalRecord } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { MOVED_LATELY_MS } from './drift-score.ts';
import { Meter, TOOL_LABELS_MAX } from './metrics.ts';

const AT = '2026-01-01T00:00:00.000Z';
const SHRED: ShredRecord = {
  v: 1,
  kind: 'shred',
  exchange: 'content',
  at: AT,
  subject: { kind: 'user', id: 'u' },
  generations: 1,
  by: { id: 'ann', via: 'terminal' },
  reason: 'request 4',
};
const MOVE: SignalRecord = {
  v: 1,
  kind: 'signal',
  step: 'changed',
  exchange: 'sig',
  at: AT,
  signal: 'latency',
  scope: 'model',
  name: 'model-a',
  direction: 'up',
  since: 40,
  from: AT,
  strength: 3,
  exchanges: [],
};

function metered() {
  let nowMs = Date.parse(AT);
  const meter = new Meter({
    models: new Set(),
    postureOf: () => '',
    headAgeSeconds: () => 0,
    witnesses: () => [],
    watch: () => ({ series: 7, bytes: 9_000, dropped: 2, failed: 1, watchers: 3 }),
    alerts: () => ({
      open: 2,
      acknowledged: 1,
      suppressed: 7,
      dropped: 8,
      failed: 9,
      sinks: { ops: { waiting: 4, waitingBytes: 900, written: 50, dropped: 3, failedWrites: 5 } },
    }),
    telemetry: () => ({ ocsf: { waiting: 4, waitingBytes: 900, written: 50, dropped: 3, failedWrites: 2 } }),
    nowMs: () => nowMs,
  });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { meter, pass };
}

describe('Meter', () => {
  it('counts an erasure, and not that it is stated again', async () => {
    const { meter } = metered();
    meter.observe(SHRED);
    for (const again of [7, 8]) meter.observe({ ...SHRED, again });
    expect(await meter.text()).toContain('sallyport_content_steps_total{step="erased",effect="allow"} 1\n');
  });

  it('counts moves of signals with those that were not recorded, and shows the strongest of the last hour', async () => {
    const { meter, pass } = metered();
    meter.observe(MOVE);
    meter.observe({ ...MOVE, strength: 1.5, suppressed: 4, at: new Date(Date.parse(AT) + 1_000).toISOString() });
    const text = await meter.text();
    expect(text).toContain('sallyport_signal_changes_total{signal="latency",scope="model"} 2\n');
    expect(text).toContain('sallyport_signal_changes_total{signal="suppressed",scope="suppressed"} 4\n');
    expect(text).toContain('sallyport_drift_score{signal="latency",scope="model"} 3\n');
    expect(text).not.toContain('model-a');
    pass(MOVED_LATELY_MS);
    expect(await meter.text()).toContain('sallyport_drift_score{signal="latency",scope="model"} 1.5\n');
    pass(1_000);
    expect(await meter.text()).toContain('sallyport_drift_score{signal="latency",scope="model"} 0\n');
  });

  it('shows how monitoring itself does', async () => {
    const text = await metered().meter.text();
    expect(Array.from(text.matchAll(/^sallyport_monitor_(\w+) (\d+)$/gm), ([, name, value]) => [name, value])).toEqual([
      ['series', '7'],
      ['bytes', '9000'],
      ['dropped_records', '2'],
      ['failed_records', '1'],
      ['watchers', '3'],
    ]);
  });

  it('shows how alerts and their sinks do', async () => {
    const text = await metered().meter.text();
    for (const line of [
      'sallyport_alerts{state="open"} 2',
      'sallyport_alerts{state="acknowledged"} 1',
      'sallyport_alerts_suppressed 7',
      'sallyport_alerts_dropped_records 8',
      'sallyport_alerts_failed_records 9',
      'sallyport_alert_sink_waiting{sink="ops"} 4',
      'sallyport_alert_sink_told{sink="ops"} 50',
      'sallyport_alert_sink_dropped{sink="ops"} 3',
      'sallyport_alert_sink_failed{sink="ops"} 5',
    ])
      expect(text).toContain(`${line}\n`);
  });

  it('shows how the sinks of telemetry do', async () => {
    const text = await metered().meter.text();
    const shown = text.matchAll(/^sallyport_telemetry_(\w+)\{sink="ocsf"\} (\d+)$/gm);
    expect(Array.from(shown, ([, name, value]) => [name, value])).toEqual([
      ['waiting_events', '4'],
      ['waiting_bytes', '900'],
      ['written_events', '50'],
      ['dropped_events', '3'],
      ['failed_writes', '2'],
    ]);
  });

  it('names the MCP server of a tool, and so many tools at most', async () => {
    const { meter } = metered();
    const request = {
      protocol: 'mcp',
      route: 'mcp/files',
      model: '',
      stream: false,
      tools: [],
      messages: 1,
      bodyBytes: 1,
    };
    const call: DecidedRecord = {
      v: 1,
      kind: 'decided',
      exchange: 'e',
      at: AT,
      tool: 'read',
      decisions: [],
      effect: 'allow',
    };
    meter.observe({ ...call, request });
    meter.observe({ ...call, request: { ...request, protocol: 'openai-chat' } });
    const text = await meter.text();
    expect(text).toContain('sallyport_tool_calls_total{server="files",tool="read",effect="allow"} 1\n');
    expect(text).toContain('sallyport_tool_calls_total{server="",tool="read",effect="allow"} 1\n');
    for (let at = 0; at < 2 * TOOL_LABELS_MAX; at += 1) meter.observe({ ...call, tool: `tool-${at}` });
    const tools = new Set((await meter.text()).match(/tool="[^"]+"/g));
    expect(tools.size).toBe(TOOL_LABELS_MAX + 1);
  });

  it('has every metric that the documentation names', async () => {
    const text = await metered().meter.text();
    const folder = new URL('../../../docs/', import.meta.url);
    const pages = readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.md'));
    const named = pages
      // What a drill measured stands in its report, and not at `/metrics`.
      .map((page) => readFileSync(new URL(page, folder), 'utf8').replaceAll(/`sallyport_drill_\w+`/g, ''))
      .flatMap((page) => page.match(/\bsallyport_[a-z_]+(?=[`{])/g) ?? []);
    expect(named.length).toBeGreaterThan(30);
    for (const name of named) expect(text, name).toContain(`# HELP ${name} `);
  });
});
