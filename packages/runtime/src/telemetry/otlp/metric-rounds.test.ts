import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { MetricRounds } from './metric-rounds.ts';
import { CollectorFailed } from './otlp-line.ts';

const FAMILIES = [{ name: 'a_total', help: 'a', type: 'counter', values: [{ labels: {}, value: 1 }] }];

function rig(answers: (number | Error)[] = []) {
  const clock = new ManualClock();
  const posts: { path: string; body: string }[] = [];
  const told: unknown[] = [];
  const rounds = new MetricRounds({
    line: {
      post: async (path, body) => {
        posts.push({ path, body });
        const answer = answers.shift() ?? 200;
        if (answer instanceof Error) throw answer;
        return { status: answer, isRefused: answer === 400, text: '{}' };
      },
    },
    path: '/v1/metrics',
    requestOf: (items) => `[${items.join(',')}]`,
    everyMs: 1_000,
    after: clock.after,
    dateMs: clock.dateMs,
    onFailed: (error) => told.push(error),
  });
  return { rounds, clock, posts, told };
}

describe('MetricRounds', () => {
  it('tells all metrics round after round, and a last time when it ends', async () => {
    const { rounds, clock, posts } = rig();
    rounds.start(async () => FAMILIES);
    await clock.pass(999);
    expect(posts).toHaveLength(0);
    await clock.pass(1_001);
    expect(posts).toHaveLength(2);
    expect(JSON.parse(posts[1]?.body ?? '')).toMatchObject([{ name: 'a_total', sum: { isMonotonic: true } }]);
    await rounds.end();
    await clock.pass(5_000);
    expect(posts).toHaveLength(3);
    expect(rounds.status()).toEqual({ waiting: 0, waitingBytes: 0, written: 3, dropped: 0, failedWrites: 0 });
  });

  it('goes on after what fails, and tells of the first failure of an outage', async () => {
    const { rounds, clock, posts, told } = rig([new CollectorFailed(503), new Error('gone'), 200, 400]);
    rounds.start(async () => FAMILIES);
    await clock.pass(4_000);
    expect(posts).toHaveLength(4);
    expect(told).toHaveLength(2);
    expect(rounds.status()).toMatchObject({ written: 1, dropped: 1, failedWrites: 3 });
  });

  it('counts metrics that cannot be read as a failure', async () => {
    const { rounds, clock, told } = rig();
    rounds.start(() => Promise.reject(new Error('closed')));
    await clock.pass(1_000);
    expect(told).toHaveLength(1);
  });

  it('tells nothing where nobody gave it what to read', async () => {
    const { rounds, posts } = rig();
    await rounds.end();
    expect(posts).toEqual([]);
  });
});
