import { describe, expect, it } from 'vitest';
import { Stop } from './stop-signal.ts';

describe('Stop', () => {
  it('tells every listener once, in their order, and only those that still listen', () => {
    const stop = new Stop();
    const told: string[] = [];
    const second = () => told.push('second');
    const third = () => told.push('third');
    stop.addEventListener('abort', () => {
      told.push('first');
      stop.removeEventListener('abort', third);
    });
    stop.addEventListener('abort', second);
    stop.addEventListener('abort', third);
    stop.addEventListener('abort', () => told.push('last'));
    stop.removeEventListener('abort', second);
    expect([stop.aborted, told]).toEqual([false, []]);
    stop.abort();
    stop.abort();
    expect([stop.aborted, told]).toEqual([true, ['first', 'last']]);
  });

  it('has ended before its listeners hear of it, and tells nobody who comes later', () => {
    const stop = new Stop();
    const seen: boolean[] = [];
    stop.addEventListener('abort', () => seen.push(stop.aborted));
    stop.abort();
    stop.addEventListener('abort', () => seen.push(false));
    stop.abort();
    expect(seen).toEqual([true]);
  });
});
