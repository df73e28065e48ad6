import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

describe('TokenBucket', () => {
  it('has so many at once, and no more, and one again after its share of a minute', () => {
    let nowMs = 5;
    const bucket = new TokenBucket({ perMinute: 3 }, () => nowMs);
    for (let taken = 0; taken < 3; taken += 1) {
      expect(bucket.waitMs).toBe(0);
      bucket.take();
    }
    expect(bucket.waitMs).toBe(20_000);
    nowMs += 19_999;
    expect(bucket.waitMs).toBe(1);
    nowMs += 1;
    expect(bucket.waitMs).toBe(0);
  });

  it('saves up no more than a minute', () => {
    let nowMs = 0;
    const bucket = new TokenBucket({ perMinute: 2 }, () => nowMs);
    nowMs = 3_600_000;
    for (const wait of [0, 0, 30_000]) {
      expect(bucket.waitMs).toBe(wait);
      bucket.take();
    }
  });
});
