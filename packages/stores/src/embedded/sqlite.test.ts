import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { dataFolder, removeDataFolders } from '../testing/data-folders.ts';
import { errorCode, Sqlite } from './sqlite.js';

afterAll(removeDataFolders);

function open(): Sqlite {
  const db = new Sqlite(':memory:');
  db.exec('CREATE TABLE t (a, b)');
  return db;
}

const hostile: readonly (readonly [string, unknown])[] = [
  ['a bare buffer', Buffer.from('leaf')],
  ['nothing', undefined],
  ['null', null],
  ['an object', { a: 1, b: 2 }],
  ['an object with numbers for names', { 0: 1, 1: 2, length: 2 }],
  ['a string', 'ab'],
  ['too few', [1]],
  ['too many', [1, 2, 3]],
  ['none', []],
  ['a boolean', [true, 1]],
  ['a date', [new Date(0), 1]],
  ['an object in the array', [{}, 1]],
  ['an array in the array', [[1], 1]],
  ['undefined in the array', [undefined, 1]],
  // biome-ignore lint/suspicious/noSparseArray: a hole is what this case is about
  ['a hole', [, 1]],
  ['a bigint', [5n, 1]],
  ['a symbol', [Symbol('x'), 1]],
  ['a function', [() => 1, 1]],
  ['NaN', [Number.NaN, 1]],
  ['infinity', [Number.POSITIVE_INFINITY, 1]],
  ['an integer above 2^53', [2 ** 53 + 2, 1]],
  ['a NUL in a string', ['a\0b', 1]],
  ['a lone surrogate', ['\ud800', 1]],
  ['a boxed string', [new String('x'), 1]],
  ['an array buffer', [new ArrayBuffer(2), 1]],
  ['a data view', [new DataView(new ArrayBuffer(2)), 1]],
  ['floats', [new Float64Array(2), 1]],
  ['a false buffer', [Object.create(Buffer.prototype), 1]],
];

describe('Sqlite', () => {
  it.each(hostile)('statement().run() refuses %s before the engine sees it', (_, parameters) => {
    const insert = open().statement('INSERT INTO t VALUES (?, ?)');
    expect(() => insert.run(parameters as never)).toThrow(TypeError);
  });

  it('statement() either refuses parameters or gives them back as they were, whatever they are', () => {
    const db = open();
    const insert = db.statement('INSERT INTO t VALUES (?, ?)');
    const last = db.statement('SELECT a, b FROM t ORDER BY rowid DESC LIMIT 1');
    const value = fc.oneof(
      fc.anything(),
      fc.string({ unit: 'binary' }),
      fc.uint8Array(),
      fc.double(),
      fc.maxSafeInteger(),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), (parameters) => {
        try {
          insert.run(parameters as never);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          return;
        }
        expect(last.get([])?.map(asRead)).toEqual(parameters.map(asRead));
      }),
      { numRuns: 2_000 },
    );
  });

  it('statement() takes bytes from the middle of a larger buffer, and from shared memory', () => {
    const db = open();
    const whole = Uint8Array.from([1, 2, 3, 4, 5]);
    const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(7);
    db.statement('INSERT INTO t VALUES (?, ?)').run([whole.subarray(1, 3), shared]);
    expect(db.statement('SELECT a, b FROM t').get([])).toEqual([Buffer.from([2, 3]), Buffer.from([7, 7])]);
  });

  it('errorCode() reads what the engine, and what the file system says', () => {
    const db = open();
    db.exec('CREATE UNIQUE INDEX u ON t (a)');
    const insert = db.statement('INSERT INTO t VALUES (?, ?)');
    insert.run([1, null]);
    expect(codeOf(() => insert.run([1, null]))).toBe('SQLITE_CONSTRAINT_UNIQUE');
    expect(codeOf(() => mkdirSync(join(dataFolder(), 'a', 'b')))).toBe('ENOENT');
    expect(errorCode('no error at all')).toBe('UNKNOWN');
  });

  it('a read-only connection refuses to write', () => {
    const folder = dataFolder();
    mkdirSync(folder);
    const path = join(folder, 'x.db');
    const writer = new Sqlite(path);
    writer.exec('CREATE TABLE t (a)');
    const reader = new Sqlite(path, { readOnly: true });
    expect(codeOf(() => reader.exec('INSERT INTO t VALUES (1)'))).toBe('SQLITE_READONLY');
    reader.close();
    writer.close();
  });

  it('close() may be called twice, and what comes after it throws', () => {
    const db = open();
    const insert = db.statement('INSERT INTO t VALUES (?, ?)');
    db.close();
    db.close();
    expect(() => insert.run([1, 2])).toThrow('sqlite connection is closed');
    expect(() => db.exec('SELECT 1')).toThrow('sqlite connection is closed');
  });

  it('close() frees the locks of a transaction, even while its statements live', () => {
    const folder = dataFolder();
    mkdirSync(folder);
    const path = join(folder, 'x.db');
    const abandoned = new Sqlite(path);
    abandoned.exec('CREATE TABLE t (a)');
    const insert = abandoned.statement('INSERT INTO t VALUES (?)');
    abandoned.exec('BEGIN IMMEDIATE');
    insert.run([1]);
    abandoned.close();
    const next = new Sqlite(path, { busyTimeoutMs: 0 });
    next.exec('BEGIN IMMEDIATE; COMMIT');
    expect(next.statement('SELECT count(*) FROM t').get([])).toEqual([0]);
    expect(() => insert.run([1])).toThrow(TypeError);
    next.close();
  });
});

/** The sign of a zero is the engine's own business. */
function asRead(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Object.is(value, -0) ? 0 : value;
}

function codeOf(action: () => unknown): string {
  try {
    action();
    return 'none';
  } catch (error) {
    return errorCode(error);
  }
}
