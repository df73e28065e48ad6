import { describe, expect, it } from 'vitest';
import { GUESS_EVERY_MS, GUESSES_BURST, GuessLimit } from './guess-limit.ts';

describe('GuessLimit', () => {
  it('hears a burst of wrong guesses from an address, then one in six seconds, and others all the while', () => {
    let nowMs = 0;
    const limit = new GuessLimit(() => nowMs);
    for (let guess = 0; guess < GUESSES_BURST; guess += 1) {
      expect(limit.mayGuess('10.0.0.1')).toBe(true);
      limit.wrong('10.0.0.1');
    }
    expect(limit.mayGuess('10.0.0.1')).toBe(false);
    expect(limit.mayGuess('10.0.0.2')).toBe(true);
    nowMs += GUESS_EVERY_MS - 1;
    expect(limit.mayGuess('10.0.0.1')).toBe(false);
    nowMs += 1;
    expect(limit.mayGuess('10.0.0.1')).toBe(true);
    limit.wrong('10.0.0.1');
    expect(limit.mayGuess('10.0.0.1')).toBe(false);
  });

  it('forgets wrong guesses with time, and saves up no more than a burst', () => {
    let nowMs = 0;
    const limit = new GuessLimit(() => nowMs);
    limit.wrong('10.0.0.1');
    nowMs += 1_000 * GUESS_EVERY_MS;
    for (let guess = 0; guess < GUESSES_BURST; guess += 1) limit.wrong('10.0.0.1');
    expect(limit.mayGuess('10.0.0.1')).toBe(false);
  });

  it.each([
    ['2001:db8:1:2::5', '2001:db8:1:2:ffff:1:2:3', '2001:db8:1:3::5'],
    ['2001:db8::1', '2001:db8:0:0:9::', '2001:db8:0:1::1'],
    ['fe80::1%eth0', 'fe80::2', 'fe80:0:0:1::1'],
    ['::ffff:10.0.0.1', '10.0.0.1', '::ffff:10.0.0.2'],
  ])('takes %s and %s for one, and %s for another', (one, same, other) => {
    const limit = new GuessLimit(() => 0);
    for (let guess = 0; guess < GUESSES_BURST; guess += 1) limit.wrong(one);
    expect([limit.mayGuess(same), limit.mayGuess(other)]).toEqual([false, true]);
  });
});
