import { describe, expect, it } from 'vitest';
import { Heartbeat } from './heartbeat.ts';

function played() {
  let nowMs = 0;
  let due: { atMs: number; run: () => void } | undefined;
  let beats = 0;
  const heart = new Heartbeat({
    everyMs: 100,
    after: (ms, run) => {
      const own = { atMs: nowMs + ms, run };
      due = own;
      return () => {
        if (due === own) due = undefined;
      };
    },
    beat: async () => {
      beats += 1;
    },
  });
  const pass = (ms: number) => {
    const untilMs = nowMs + ms;
    while (due !== undefined && due.atMs <= untilMs) {
      const { atMs, run } = due;
      due = undefined;
      nowMs = atMs;
      run();
    }
    nowMs = untilMs;
  };
  return { heart, pass, beats: () => beats, idle: () => due === undefined };
}

describe('Heartbeat', () => {
  it('beats while something waits, and arms nothing while nothing does', () => {
    const { heart, pass, beats, idle } = played();
    heart.watch(false);
    expect(idle()).toBe(true);
    heart.watch(true);
    pass(99);
    expect(beats()).toBe(0);
    pass(201);
    expect(beats()).toBe(3);
    heart.watch(false);
    expect(idle()).toBe(true);
    pass(1_000);
    expect(beats()).toBe(3);
  });

  it('counts the silence from what was sent last', () => {
    const { heart, pass, beats } = played();
    heart.watch(true);
    pass(90);
    heart.watch(true);
    heart.sent();
    pass(90);
    expect(beats()).toBe(0);
    pass(10);
    expect(beats()).toBe(1);
  });

  it('is silent for good once it was stopped', () => {
    const { heart, pass, beats, idle } = played();
    heart.watch(true);
    heart.stop();
    heart.watch(true);
    pass(1_000);
    expect(beats()).toBe(0);
    expect(idle()).toBe(true);
  });
});
