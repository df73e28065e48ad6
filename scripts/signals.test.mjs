import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settleSignals } from './signals.mjs';

describe('settleSignals()', () => {
  /** @type {EventEmitter & { exit: import('vitest').Mock }} */
  let target;
  /** @type {unknown[]} */
  let heard;
  const listen = () => target.on('SIGINT', (signal) => heard.push(signal));

  beforeEach(() => {
    vi.useFakeTimers();
    heard = [];
    target = Object.assign(new EventEmitter(), { exit: vi.fn() });
    settleSignals(/** @type {NodeJS.Process} */ (/** @type {unknown} */ (target)));
  });
  afterEach(() => vi.useRealTimers());

  it('delivers one signal for the pair that a terminal and npm send', () => {
    listen();
    target.emit('SIGINT', 'SIGINT');
    vi.advanceTimersByTime(5);
    target.emit('SIGINT', 'SIGINT');
    expect(heard).toEqual(['SIGINT']);
  });

  it('delivers a second press, and another signal at once', () => {
    listen();
    target.on('SIGTERM', (signal) => heard.push(signal));
    target.emit('SIGINT', 'SIGINT');
    target.emit('SIGTERM', 'SIGTERM');
    vi.advanceTimersByTime(500);
    target.emit('SIGINT', 'SIGINT');
    expect(heard).toEqual(['SIGINT', 'SIGTERM', 'SIGINT']);
  });

  it('keeps a signal for a program that is about to listen', () => {
    target.emit('SIGINT', 'SIGINT');
    listen();
    vi.advanceTimersByTime(100);
    expect(heard).toEqual(['SIGINT']);
    expect(target.exit).not.toHaveBeenCalled();
  });

  it('ends a program that never listens', () => {
    target.emit('SIGTERM', 'SIGTERM');
    vi.advanceTimersByTime(100);
    expect(target.exit).toHaveBeenCalledWith(143);
  });

  it('leaves other events alone', () => {
    target.on('exit', (code) => heard.push(code));
    target.emit('exit', 0);
    target.emit('exit', 1);
    expect(heard).toEqual([0, 1]);
  });
});
