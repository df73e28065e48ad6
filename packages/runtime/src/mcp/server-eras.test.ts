import { type Incoming, type McpEnd, type McpMessage, writeError, writeResult } from '@sallyport/mcp';
import { describe, expect, it, vi } from 'vitest';
import { PROBE_ANSWER_MS, ServerEras } from './server-eras.ts';

const START_MS = 30_000;

type Behaviour = 'result' | 'error' | 'mute' | 'lost' | 'silent';

/** A server that does one thing with each of the two questions, and a clock that runs when nobody answers. */
function serverThat(does: Readonly<Record<string, Behaviour>>, takesMs = 3_000) {
  const waits: { readonly ms: number; readonly run: () => void }[] = [];
  const asked: string[] = [];
  let nowMs = 0;
  const open = (): McpEnd => {
    const queue: Incoming[] = [];
    let wake: (() => void) | undefined;
    const push = (incoming: Incoming) => {
      queue.push(incoming);
      wake?.();
    };
    const send = async (message: McpMessage) => {
      if (message.kind !== 'request') return;
      const { id, method } = message;
      asked.push(method);
      nowMs += takesMs;
      const how = does[method] ?? 'mute';
      if (how === 'result') push({ kind: 'message', message: writeResult(id, {}) });
      if (how === 'error') push({ kind: 'message', message: writeError(id, { code: -32601, message: 'no' }) });
      if (how === 'lost') push({ kind: 'lost', id, reason: 'gone' });
      if (how === 'silent') push({ kind: 'lost', id, reason: 'silent' });
      if (how === 'mute') for (const { run } of waits.splice(0)) run();
    };
    const incoming = async function* (): AsyncGenerator<Incoming> {
      for (;;) {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          yield next;
          if (next.kind === 'ended') return;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    return { incoming: incoming(), send, close: async () => push({ kind: 'ended', reason: 'closed' }) };
  };
  const patience: number[] = [];
  const after = (ms: number, run: () => void) => {
    patience.push(ms);
    waits.push({ ms, run });
    return () => undefined;
  };
  const clock = { nowMs: () => nowMs, after };
  const asking = { open, product: { name: 'test', version: '1' }, clock, startMs: START_MS };
  return { asking, asked, patience };
}

describe('ServerEras', () => {
  it.each<[Behaviour, Behaviour, object | undefined]>([
    ['result', 'result', { handshake: true, modern: true }],
    ['result', 'error', { handshake: true, modern: false }],
    ['result', 'lost', { handshake: true, modern: false }],
    ['result', 'mute', { handshake: true, modern: false }],
    ['error', 'result', { handshake: false, modern: true }],
    ['silent', 'result', { handshake: false, modern: true }],
    ['mute', 'result', { handshake: false, modern: true }],
    ['mute', 'mute', undefined],
    ['lost', 'result', undefined],
    ['error', 'error', undefined],
    ['lost', 'lost', undefined],
  ])(
    'finds what a server speaks that answers a handshake by %s and a question of 2026-07-28 by %s',
    async (initialize, discover, eras) => {
      const { asking } = serverThat({ initialize, 'server/discover': discover });
      expect(await new ServerEras().of('a', asking)).toEqual(eras);
    },
  );

  it('waits for a silent one twice as long as its handshake took, and for others until they could be up and have answered', async () => {
    const silent = serverThat({ initialize: 'result', 'server/discover': 'mute' });
    await new ServerEras().of('a', silent.asking);
    const longestMs = START_MS + PROBE_ANSWER_MS;
    expect(silent.patience).toEqual([longestMs, 6_000]);
    const modern = serverThat({ initialize: 'error', 'server/discover': 'result' });
    await new ServerEras().of('a', modern.asking);
    expect(modern.patience).toEqual([longestMs, longestMs]);
    const slow = serverThat({ initialize: 'result', 'server/discover': 'mute' }, 50_000);
    await new ServerEras().of('a', slow.asking);
    expect(slow.patience).toEqual([longestMs, longestMs]);
  });

  it('asks once what it was told, and again where it was told nothing', async () => {
    const eras = new ServerEras();
    const known = serverThat({ initialize: 'result', 'server/discover': 'error' });
    await eras.of('known', known.asking);
    await eras.of('known', known.asking);
    expect(known.asked).toEqual(['initialize', 'server/discover']);
    const gone = serverThat({ initialize: 'lost', 'server/discover': 'lost' });
    await eras.of('gone', gone.asking);
    await eras.of('gone', gone.asking);
    expect(gone.asked).toEqual(['initialize', 'initialize']);
  });

  it('keeps what it knew where asking again breaks', async () => {
    const eras = new ServerEras();
    const { asking } = serverThat({ initialize: 'result', 'server/discover': 'error' });
    const broken = vi.fn((): McpEnd => {
      throw new Error('nothing can be opened');
    });
    const at = (nowMs: number) => ({ ...asking, clock: { ...asking.clock, nowMs: () => nowMs } });
    const known = await eras.of('a', at(0));
    expect(await eras.of('a', { ...at(600_000), open: broken })).toEqual(known);
    await vi.waitUntil(() => broken.mock.calls.length === 1);
    expect(await eras.of('a', at(600_001))).toEqual(known);
  });

  it('asks again after 10 minutes, lets nobody wait for it, and keeps what it knew where there is no answer', async () => {
    const eras = new ServerEras();
    const older = serverThat({ initialize: 'result', 'server/discover': 'error' });
    const newer = serverThat({ initialize: 'error', 'server/discover': 'result' });
    const gone = serverThat({ initialize: 'lost' });
    const at = ({ asking }: typeof older, nowMs: number) => ({
      ...asking,
      clock: { ...asking.clock, nowMs: () => nowMs },
    });
    const [before, after] = [
      { handshake: true, modern: false },
      { handshake: false, modern: true },
    ];
    expect(await eras.of('a', at(older, 0))).toEqual(before);
    expect(await eras.of('a', at(gone, 599_999))).toEqual(before);
    expect(gone.asked).toEqual([]);
    expect(await eras.of('a', at(gone, 600_000))).toEqual(before);
    await vi.waitUntil(() => gone.asked.length === 1);
    expect(await eras.of('a', at(newer, 1_199_999))).toEqual(before);
    expect(newer.asked).toEqual([]);
    expect(await eras.of('a', at(newer, 1_200_000))).toEqual(before);
    await vi.waitUntil(async () => (await eras.of('a', at(newer, 1_200_000)))?.modern === true);
    expect(await eras.of('a', at(newer, 1_200_000))).toEqual(after);
    expect(newer.asked).toEqual(['initialize', 'server/discover']);
  });
});
