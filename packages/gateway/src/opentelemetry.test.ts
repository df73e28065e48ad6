import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@sallyport/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { startGateway } from './start-gateway.ts';
import { playAgent } from './testing/played-agent.ts';
import { TEST_KEY, testGateway } from './testing/test-gateway.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server on this machine that remembers what it was asked, and answers with `answer`. */
async function played(answer: string) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      seen.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-5-2026',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 2 },
});

interface ToldSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly traceState?: string;
}

async function exchanged(telemetry: (collector: string) => string, sent: Record<string, string>) {
  const [provider, collector] = [await played(ANSWER), await played('{}')];
  const gateway = await testGateway(
    `
telemetry: ${telemetry(collector.url)}
providers: { upstream: { kind: openai, baseUrl: "${provider.url}/v1", key: { env: UPSTREAM } } }
routes: [{ name: all, models: ["*"], providers: [upstream] }]
`,
    { UPSTREAM: 'key-of-the-provider' },
  );
  try {
    const answer = await fetch(`${gateway.baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json', ...sent },
      body: JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'write to eve@corp-mail.com' }] }),
    });
    await answer.text();
    const records = gateway.newest();
    const metrics = await (await fetch(`${gateway.dataUrl}/metrics`)).text();
    return { records, metrics, provider, collector, status: answer.status };
  } finally {
    await gateway.end();
  }
}

function spansOf(seen: readonly Seen[]): readonly ToldSpan[] {
  return seen.flatMap(({ body }) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans);
}

interface ToldLog {
  readonly traceId?: string;
  readonly eventName: string;
  readonly severityText: string;
}

function logsOf(seen: readonly Seen[]): readonly ToldLog[] {
  return seen.flatMap(({ body }) => JSON.parse(body).resourceLogs[0].scopeLogs[0].logRecords);
}

describe('startGateway() with `telemetry.otlp`', () => {
  const otlp = (url: string) => `{ otlp: { endpoint: "${url}", signals: [traces] } }`;

  it('has told a collector of every exchange when it stops, and of no text', async () => {
    const { collector, provider, records, metrics } = await exchanged(otlp, {
      traceparent: `00-${TRACE}-${PARENT}-01`,
      tracestate: 'vendor=1',
    });
    expect(new Set(collector.seen.map(({ path }) => path))).toEqual(new Set(['/v1/traces']));
    const spans = spansOf(collector.seen);
    expect(spans.map(({ name }) => name)).toEqual([
      'guard input',
      'guard output',
      'chat gpt-5',
      'chat.completions all',
    ]);
    const own = spans.at(-1);
    expect(own).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, traceState: 'vendor=1' });
    expect(spans.slice(0, -1).map(({ parentSpanId }) => parentSpanId)).toEqual([1, 2, 3].map(() => own?.spanId));
    expect(provider.seen[0]?.headers).toMatchObject({
      traceparent: `00-${TRACE}-${spans[2]?.spanId}-01`,
      tracestate: 'vendor=1',
    });
    expect(records.map(({ kind }) => kind)).toEqual(['opened', 'closed']);
    for (const record of records) expect(record).toMatchObject({ trace: TRACE });
    for (const { body } of collector.seen) expect(body).not.toMatch(/corp-mail|Hello|key-of/);
    expect(metrics).toContain('sallyport_telemetry_dropped_events{sink="otlp-traces"} 0');
  });

  it('begins a trace where the one that is named is none, and tells the provider nothing else', async () => {
    const { provider, records, collector } = await exchanged(otlp, { traceparent: `00-${TRACE}`, tracestate: 'a=1' });
    const spans = spansOf(collector.seen);
    const { traceId } = spans[0] as ToldSpan;
    expect(traceId).not.toBe(TRACE);
    expect(spans.at(-1)).not.toHaveProperty('parentSpanId');
    expect(provider.seen[0]?.headers.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(provider.seen[0]?.headers).not.toHaveProperty('tracestate');
    expect(records[0]).toMatchObject({ trace: traceId });
  });

  it('serves as ever where nobody listens', async () => {
    const { status, provider } = await exchanged(() => '{ otlp: { endpoint: "http://127.0.0.1:9" } }', {});
    expect([status, provider.seen.length]).toEqual([200, 1]);
  });

  it('serves as ever while a collector says nothing', async () => {
    const silent = createServer(() => undefined);
    servers.push(silent);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const endpoint = `http://127.0.0.1:${port}`;
    const { status, provider } = await exchanged(() => `{ otlp: { endpoint: "${endpoint}", timeoutMs: 100 } }`, {});
    expect([status, provider.seen.length]).toEqual([200, 1]);
  });

  it('hands on what a client says of a trace as it is where nothing is traced', async () => {
    const traceparent = `00-${TRACE}-${PARENT}-01`;
    const { provider, collector, records } = await exchanged(() => '{}', { traceparent, tracestate: 'a=1' });
    expect(provider.seen[0]?.headers).toMatchObject({ traceparent, tracestate: 'a=1' });
    expect(records[0]).toMatchObject({ trace: TRACE });
    expect(collector.seen).toEqual([]);
  });

  it('tells an agent of the span of its call, and a collector of both', async () => {
    const [agent, collector] = [await playAgent(), await played('{}')];
    const gateway = await testGateway(
      `a2a: { agents: { travel: { url: '${agent.url}' } } }\ntelemetry: ${otlp(collector.url)}`,
    );
    try {
      const message = { kind: 'message', role: 'user', messageId: 'u1', parts: [{ kind: 'text', text: 'hello' }] };
      const answer = await fetch(`${gateway.dataUrl}/a2a/travel`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${TEST_KEY}`,
          'content-type': 'application/json',
          traceparent: `00-${TRACE}-${PARENT}-01`,
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'message/send', params: { message } }),
      });
      expect(await answer.json()).toHaveProperty('result');
    } finally {
      await gateway.end();
      await agent.close();
    }
    const spans = spansOf(collector.seen);
    const call = spans.find(({ name, traceId }) => name === 'invoke_agent travel' && traceId === TRACE);
    expect(spans.find(({ spanId }) => spanId === call?.parentSpanId)).toMatchObject({ parentSpanId: PARENT });
    expect(agent.asked[0]?.headers.traceparent).toBe(`00-${TRACE}-${call?.spanId}-01`);
    expect(JSON.stringify(agent.asked[0]?.params)).not.toContain('traceparent');
  });

  it('tells the metrics that `/metrics` shows, a last time when it stops', async () => {
    const { collector, metrics } = await exchanged((url) => `{ otlp: { endpoint: "${url}", signals: [metrics] } }`, {});
    expect(new Set(collector.seen.map(({ path }) => path))).toEqual(new Set(['/v1/metrics']));
    const { resourceMetrics } = JSON.parse(collector.seen.at(-1)?.body ?? '');
    const told: { name: string; sum?: { dataPoints: object[] } }[] = resourceMetrics[0].scopeMetrics[0].metrics;
    const shown = Array.from(metrics.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name);
    expect(told.map(({ name }) => name)).toEqual(shown);
    expect(told.find(({ name }) => name === 'sallyport_exchanges_total')?.sum?.dataPoints).toMatchObject([
      { asDouble: 1, attributes: [{ key: 'route', value: { stringValue: 'all' } }, { key: 'outcome' }] },
    ]);
  });

  it('tells findings as logs, of the same trace, and of no text', async () => {
    const { collector } = await exchanged((url) => `{ otlp: { endpoint: "${url}", signals: [logs] } }`, {
      traceparent: `00-${TRACE}-${PARENT}-01`,
    });
    expect(new Set(collector.seen.map(({ path }) => path))).toEqual(new Set(['/v1/logs']));
    const logs = logsOf(collector.seen);
    expect(logs).toMatchObject([{ traceId: TRACE, severityText: 'Low', eventName: 'ocsf.data_security_finding' }]);
    for (const { body } of collector.seen) expect(body).not.toMatch(/corp-mail|Hello|key-of/);
  });

  it('tells after a restart what it could not tell before', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-otlp-'));
    const collector = await played('{}');
    const config = (endpoint: string) => {
      const path = join(folder, 'sallyport.yaml');
      writeFileSync(path, `telemetry: { otlp: { endpoint: "${endpoint}", signals: [logs], timeoutMs: 100 } }`);
      const options = { data: join(folder, 'store'), port: 0, adminPort: 0, logLevel: 'silent' } as const;
      const loaded = loadConfig({ path, env: { SALLYPORT_KEYS: `test:${TEST_KEY}` }, options, cwd: folder });
      if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
      return loaded.config;
    };
    try {
      const first = await startGateway(config('http://127.0.0.1:9'));
      for (const name of ['eve', 'bob']) {
        const answer = await fetch(`${first.dataUrl}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: `to ${name}@corp-mail.com` }] }),
        });
        expect(answer.status).toBe(200);
        await answer.text();
      }
      await first.stop(0);
      const second = await startGateway(config(collector.url));
      await second.stop(0);
      const told = logsOf(collector.seen).map((log) => JSON.stringify(log));
      expect(new Set(told).size).toBe(told.length);
      expect(
        new Set(told.map((log) => /"sallyport.exchange","value":\{"stringValue":"([^"]+)"/.exec(log)?.[1])).size,
      ).toBe(2);
      const third = await startGateway(config(collector.url));
      const before = collector.seen.length;
      await third.stop(0);
      expect(collector.seen.length).toBe(before);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
