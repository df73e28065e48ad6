import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../config/secret.ts';
import { answerJson, type LocalHttp, localHttp, type Play } from '../../testing/local-http.ts';
import { CollectorFailed, OtlpLine } from './otlp-line.ts';
import { OtlpSink } from './otlp-sink.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function rig(play: Play, timeoutMs = 5_000): Promise<{ readonly sink: OtlpSink; readonly collector: LocalHttp }> {
  const collector = await localHttp(play);
  const headers = { 'x-api-key': new Secret('hush') };
  const line = new OtlpLine({ endpoint: collector.url.replace('/mcp', '/base'), headers, ca: undefined, timeoutMs });
  const sink = new OtlpSink({
    line,
    path: '/v1/traces',
    requestOf: (items) => `{"items":[${items.join(',')}]}`,
    rejected: 'rejectedSpans',
  });
  open.push(
    () => line.close(),
    () => collector.close(),
  );
  return { sink, collector };
}

describe('OtlpSink', () => {
  it('posts its items as one request, with the headers of the configuration', async () => {
    let path: string | undefined;
    const { sink, collector } = await rig((_request, response, { url }) => {
      path = url;
      answerJson(response, {});
    });
    expect(await sink.write(['1', '2'])).toBe(0);
    expect(path).toBe('/base/v1/traces');
    expect(collector.requests).toMatchObject([
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': 'hush' },
        body: { items: [1, 2] },
      },
    ]);
  });

  it.each([400, 413, 422])('leaves out what the collector says is wrong, by status %i', async (status) => {
    const { sink } = await rig((_request, response) => answerJson(response, {}, status));
    expect(await sink.write(['1', '2'])).toBe(2);
  });

  it.each([301, 401, 404, 429, 500, 503])('is told again what fails with status %i', async (status) => {
    const { sink } = await rig((_request, response) => answerJson(response, {}, status));
    await expect(sink.write(['1'])).rejects.toThrow(CollectorFailed);
  });

  it.each([
    [{ partialSuccess: { rejectedSpans: '1', errorMessage: 'too old' } }, 1],
    [{ partialSuccess: { rejectedSpans: 1 } }, 1],
    [{ partialSuccess: { rejectedSpans: 99 } }, 2],
    [{ partialSuccess: { rejectedSpans: -1 } }, 0],
    [{ partialSuccess: 'rejectedSpans' }, 0],
    [{ partialSuccess: {} }, 0],
  ])('counts what the collector says it left out: %j', async (said, refused) => {
    const { sink } = await rig((_request, response) => answerJson(response, said));
    expect(await sink.write(['1', '2'])).toBe(refused);
  });

  it('reads no answer that is too long or no JSON', async () => {
    for (const text of ['rejectedSpans', `{"partialSuccess":{"rejectedSpans":1},"x":"${'x'.repeat(65_536)}"}`]) {
      const { sink } = await rig((_request, response) => void response.end(text));
      expect(await sink.write(['1'])).toBe(0);
    }
  });

  it('fails where the collector is silent for too long, or is not there', async () => {
    const { sink, collector } = await rig(() => undefined, 100);
    await expect(sink.write(['1'])).rejects.toThrow();
    await collector.close();
    await expect(sink.write(['1'])).rejects.toThrow();
  });
});
