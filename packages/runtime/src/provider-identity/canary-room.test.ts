import { type AuditRecord, type CanaryRecord, SallyportError } from '@sallyport/core';
import type { IdentitySign } from '@sallyport/monitor';
import { describe, expect, it } from 'vitest';
import { DemoProvider } from '../providers/demo-provider.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { FAILED_CALLS_MAX } from './canary-asker.ts';
import {
  CALIBRATION_SAMPLES,
  CANARY_AGAIN_MS,
  CANARY_LOOK_MS,
  CANDIDATES_PER_INPUT,
  CanaryRoom,
} from './canary-room.ts';

const DAY_MS = 86_400_000;
const CONFIG = {
  provider: 'vendor',
  model: 'alias',
  everyHours: 24,
  inputs: 8,
  samples: 5,
  maxTokensPerDay: 1_000_000,
};
const CALIBRATION_CALLS = CONFIG.inputs * CANDIDATES_PER_INPUT * CALIBRATION_SAMPLES;
const ROUND_CALLS = CONFIG.inputs * CONFIG.samples;
type Log = { readonly record: AuditRecord }[];

/** Numbers in [0,1), the same each time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function rig(
  minds: readonly object[],
  { log = [] as Log, clock = new ManualClock(), config = {}, approvedAt = undefined as string | undefined } = {},
) {
  const demo = new DemoProvider('vendor', JSON.stringify({ minds }));
  const signs: IdentitySign[] = [];
  const reported: string[] = [];
  let calls = 0;
  let failing = 0;
  let isFull = false;
  const room = new CanaryRoom({
    canaries: [{ ...CONFIG, ...config }],
    provider: (name) =>
      name !== 'vendor'
        ? undefined
        : {
            protocols: demo.protocols,
            send: async (call) => {
              calls += 1;
              if (failing > 0) {
                failing -= 1;
                throw new SallyportError('UPSTREAM_UNREACHABLE');
              }
              return demo.send(call);
            },
          },
    recorder: {
      append: async (record) => {
        if (isFull) throw new SallyportError('RECORD_FAILED');
        log.push({ record });
      },
    },
    records: () => log,
    fingerprint: (value) => Buffer.from(value).toString('hex').padEnd(32, '0').slice(-32),
    approvedAt: () => approvedAt,
    clock,
    random: randomFrom(5),
    onSigns: (_name, given) => signs.push(...given),
    report: ({ code }) => reported.push(code),
  });
  /** Lets what is under way come to its end: answers of the demo take turns of the event loop, and no time of the clock. */
  const settle = async () => {
    for (let before = -1; before !== calls + log.length; ) {
      before = calls + log.length;
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const look = async () => {
    await clock.pass(CANARY_LOOK_MS);
    await settle();
  };
  const day = async () => {
    await clock.pass(DAY_MS - CANARY_LOOK_MS);
    await look();
  };
  const steps = () => log.map(({ record }) => (record as CanaryRecord).step);
  return {
    room,
    log,
    clock,
    signs,
    reported,
    look,
    day,
    steps,
    calls: () => calls,
    fail: (count: number) => {
      failing = count;
    },
    fill: (full: boolean) => {
      isFull = full;
    },
  };
}

const MIND = { weights: 'a' };

describe('CanaryRoom', () => {
  it('finds inputs on a border, then asks them once in a while, and records neither question nor answer', async () => {
    const { look, day, calls, log, steps } = rig([MIND]);
    expect(calls()).toBe(0);
    await look();
    expect(steps()).toEqual(['calibrated']);
    expect(calls()).toBe(CALIBRATION_CALLS);
    await look();
    await look();
    expect(steps()).toEqual(['calibrated', 'asked']);
    await day();
    expect(steps()).toEqual(['calibrated', 'asked', 'asked']);
    const record = log.at(-1)?.record as CanaryRecord;
    expect(record).toMatchObject({ exchange: 'canary', provider: 'vendor', model: 'alias', calls: ROUND_CALLS });
    expect(record.tokens).toBeGreaterThan(ROUND_CALLS);
    expect(record.inputs).toHaveLength(CONFIG.inputs);
    for (const counts of record.answers ?? []) {
      expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(CONFIG.samples);
      expect(Object.keys(counts).every((name) => /^[0-9a-f]{16}$/.test(name))).toBe(true);
    }
    expect(JSON.stringify(log)).not.toMatch(/Answer with|\byes\b|"tin"/);
  });

  it('notices that a model was swapped, and nothing before', async () => {
    const before = 25;
    const answers = CALIBRATION_CALLS + before * ROUND_CALLS;
    const { look, day, signs } = rig([{ ...MIND, answers }, { weights: 'b' }]);
    await look();
    await look();
    for (let n = 1; n < before; n += 1) await day();
    expect(signs).toEqual([]);
    for (let n = 0; n < 3; n += 1) await day();
    expect(signs[0]).toMatchObject({ signal: 'canary', weight: 'weak', exchanges: [] });
    expect(signs.map(({ weight }) => weight)).toContain('strong');
  });

  it('goes on after a restart with what the log says, and is not due before', async () => {
    const first = rig([MIND]);
    await first.look();
    await first.look();
    first.room.close();
    const again = rig([MIND], { log: first.log, clock: first.clock });
    await again.look();
    expect(again.calls()).toBe(0);
    await again.day();
    expect(again.steps()).toEqual(['calibrated', 'asked', 'asked']);
    const other = rig([MIND], { log: [...first.log], clock: first.clock, config: { inputs: 4 } });
    await other.look();
    expect(other.steps().at(-1)).toBe('calibrated');
  });

  it('forgets after a restart too what it knew before the model was approved', async () => {
    const { look, log, clock, room } = rig([MIND]);
    await look();
    await look();
    room.close();
    const again = rig([MIND], { log, clock, approvedAt: new Date(clock.dateMs()).toISOString() });
    await again.look();
    expect(again.steps()).toEqual(['calibrated', 'asked', 'calibrated']);
  });

  it('counts what it asked on the same day before a restart', async () => {
    const config = { maxTokensPerDay: 100 };
    const first = rig([MIND], { config });
    await first.look();
    first.room.close();
    const again = rig([MIND], { log: first.log, clock: first.clock, config });
    for (let n = 0; n < 61; n += 1) await again.look();
    expect([first.calls() > 0, again.calls()]).toEqual([true, 0]);
  });

  it('finds other inputs when somebody approved the model, and not when it was another one', async () => {
    const { room, look, steps } = rig([MIND]);
    await look();
    await look();
    room.approved({ provider: 'vendor', model: 'other' });
    await look();
    expect(steps()).toEqual(['calibrated', 'asked']);
    room.approved({ provider: 'vendor', model: 'alias' });
    await look();
    expect(steps()).toEqual(['calibrated', 'asked', 'calibrated']);
  });

  it.each([
    [FAILED_CALLS_MAX, 'asked'],
    [FAILED_CALLS_MAX + 1, 'failed'],
  ])('takes a round of which %i calls fail for one that is %s', async (failures, step) => {
    const { look, steps, fail, clock } = rig([MIND]);
    await look();
    fail(failures);
    await look();
    expect(steps()).toEqual(['calibrated', step]);
    if (step === 'asked') return;
    await clock.pass(CANARY_AGAIN_MS - 2 * CANARY_LOOK_MS);
    await look();
    expect(steps()).toHaveLength(2);
    await look();
    expect(steps()).toEqual(['calibrated', 'failed', 'asked']);
  });

  it('stops where its tokens of a day are used, and goes on the next day', async () => {
    const { look, day, steps, calls } = rig([MIND], { config: { maxTokensPerDay: 100 } });
    await look();
    expect(steps()).toEqual(['over-budget']);
    expect(calls()).toBeLessThan(10);
    await day();
    expect(steps().length).toBeGreaterThan(1);
  });

  it('reports that a round could not be recorded, judges nothing by it, and does not ask without end', async () => {
    const { look, steps, fill, reported, calls } = rig([MIND]);
    await look();
    fill(true);
    await look();
    await look();
    expect([steps(), reported]).toEqual([['calibrated'], ['RECORD_FAILED']]);
    expect(calls()).toBe(CALIBRATION_CALLS + ROUND_CALLS);
  });

  it('asks nobody when it is closed, or where there is no such provider', async () => {
    const { room, look, calls, clock } = rig([MIND]);
    room.close();
    await look();
    expect([calls(), clock.pending]).toEqual([0, 0]);
    expect(rig([MIND], { config: { provider: 'nobody' } }).clock.pending).toBe(0);
  });
});
