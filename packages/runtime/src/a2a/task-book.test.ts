import { describe, expect, it } from 'vitest';
import { TASK_ID_MAX_CHARS, TASKS_MAX, TaskBook } from './task-book.ts';

const task = (id: string) => ({ kind: 'task', id }) as const;
const context = (id: string) => ({ kind: 'context', id }) as const;

describe('TaskBook', () => {
  it('lets nobody name a task that they were not told of, and contexts that are no one else’s', () => {
    const book = new TaskBook();
    expect(book.claim([task('1'), context('c')], 'ann')).toBe(true);
    const may = (owner: string) =>
      [[task('1')], [context('c')], [task('2')], [context('d')]].map((one) => book.mayName(one, owner));
    expect([may('ann'), may('bob')]).toEqual([
      [true, true, false, true],
      [false, false, false, true],
    ]);
  });

  it('claims all or nothing', () => {
    const book = new TaskBook();
    book.claim([task('1')], 'ann');
    expect(book.claim([task('2'), task('1')], 'bob')).toBe(false);
    expect(book.mayName([task('2')], 'bob')).toBe(false);
  });

  it('knows ids up to their bound, and none beyond', () => {
    const book = new TaskBook();
    const [at, beyond] = ['x'.repeat(TASK_ID_MAX_CHARS), 'x'.repeat(TASK_ID_MAX_CHARS + 1)];
    expect([book.claim([task(at)], 'ann'), book.claim([task(beyond)], 'ann')]).toEqual([true, false]);
    expect([book.mayName([task(at)], 'ann'), book.mayName([context(beyond)], 'ann')]).toEqual([true, false]);
  });

  it('forgets the oldest beyond its bound, which nobody may name then, and none at it', () => {
    const book = new TaskBook();
    for (let at = 0; at < TASKS_MAX; at += 1) book.claim([task(`${at}`)], 'ann');
    expect(book.mayName([task('0')], 'ann')).toBe(true);
    book.claim([task('0')], 'ann');
    book.claim([task('one more')], 'ann');
    expect(['0', '1', '2'].map((id) => book.mayName([task(id)], 'ann'))).toEqual([true, false, true]);
  });
});
