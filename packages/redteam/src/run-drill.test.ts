import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { DrillTarget } from './drill-client.ts';
import { planDrill } from './plan-drill.ts';
import { runDrill } from './run-drill.ts';

const WAYS = [{ protocol: 'openai-chat', stream: false }] as const;
const cases = planDrill({ seed: '1', budget: 5, families: ['dangerous-call'], ways: WAYS });
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function targetOf(listener: RequestListener, timeoutMs = 5_000): Promise<DrillTarget> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, credential: 'c', model: 'm', provider: 'scripted', timeoutMs, badge: () => 'b' };
}

/** A clock that only waiting moves. */
function clock() {
  const waits: number[] = [];
  let at = 1_000;
  return {
    waits,
    nowMs: () => at,
    wait: async (ms: number) => {
      waits.push(ms);
      at += ms;
    },
  };
}

async function outcomesAt(target: DrillTarget) {
  const results = await runDrill({
    cases: cases.slice(0, 1),
    target,
    rate: 1,
    clock: clock(),
    onResult: () => undefined,
  });
  return results.map(({ outcome, answer }) => [outcome, answer]);
}

describe('runDrill()', () => {
  it('begins no sooner than the rate lets it, and tells of each result', async () => {
    const target = await targetOf((_request, response) => response.writeHead(503).end());
    const time = clock();
    const told: string[] = [];
    await runDrill({ cases, target, rate: 4, clock: time, onResult: ({ drillCase }) => told.push(drillCase.id) });
    expect(time.waits).toEqual([250, 250, 250, 250]);
    expect(told).toEqual(cases.map(({ id }) => id));
  });

  it('an answer that does not come, ends, is too large, leads elsewhere or is no completion is unanswered', async () => {
    const reply = (body: string) => targetOf((_request, response) => response.end(body));
    expect(await outcomesAt(await targetOf(() => undefined, 20))).toEqual([['unanswered', 'timed out']]);
    expect(await outcomesAt(await targetOf((request) => request.socket.destroy()))).toEqual([
      ['unanswered', 'no connection'],
    ]);
    expect(await outcomesAt(await reply('x'.repeat(4 * 1_048_576 + 1)))).toEqual([
      ['unanswered', 'the answer is too large'],
    ]);
    expect(
      await outcomesAt(await targetOf((_request, response) => response.writeHead(302, { location: '/' }).end())),
    ).toEqual([['unanswered', 'no connection']]);
    for (const body of ['', 'null', '[]', '{"choices":[]}', '{"choices":[{"message":null}]}', '{"choices":7}'])
      expect(await outcomesAt(await reply(body))).toEqual([['unanswered', 'an answer that is none of openai-chat']]);
  });

  it('reads a message whose parts are not what they should be as an empty one', async () => {
    const target = await targetOf((_request, response) =>
      response.end('{"choices":[{"message":{"content":7,"tool_calls":[null,{"function":{"name":1}}]}}]}'),
    );
    expect(await outcomesAt(target)).toEqual([['stopped', '200']]);
  });
});
