import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_SOURCE_CHARS } from './load.ts';
import { loadPolicyFolder, MAX_FILES_PER_SET, readPolicyFolder } from './policy-folder.ts';
import { watchPolicyFolder } from './watch-policy-folder.ts';

const FLAG = '@effect("flag") forbid (principal, action, resource);';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-policy-'));
  mkdirSync(join(folder, 'access'));
  mkdirSync(join(folder, 'guard'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, path), content);
}

function problemsOf(): readonly string[] {
  const reading = readPolicyFolder(folder);
  return reading.ok ? [] : reading.problems.map(({ code, file }) => `${code} ${file}`);
}

describe('readPolicyFolder()', () => {
  it('reads the policies of both sets, and leaves other files alone', () => {
    write('guard/b.cedar', 'b');
    write('guard/a.cedar', 'a');
    write('guard/.a.cedar.swp', 'x');
    write('guard/.hidden.cedar', 'x');
    write('guard/README.md', 'x');
    write('access/c.cedar', 'c');
    expect(readPolicyFolder(folder)).toEqual({
      ok: true,
      sources: {
        access: [{ name: 'c.cedar', text: 'c' }],
        guard: [
          { name: 'a.cedar', text: 'a' },
          { name: 'b.cedar', text: 'b' },
        ],
      },
      digests: new Map(
        [
          ['access/c.cedar', 'c'],
          ['guard/a.cedar', 'a'],
          ['guard/b.cedar', 'b'],
        ].map(([path = '', text = '']) => [path, hash('sha256', text)]),
      ),
    });
  });

  it('reports a set whose folder is missing, instead of taking it for empty', () => {
    rmSync(join(folder, 'guard'), { recursive: true });
    expect(problemsOf()).toEqual(['folder guard']);
  });

  it('reports what is not UTF-8 and what is no file', () => {
    write('guard/a.cedar', Uint8Array.of(0x66, 0xff, 0x66));
    mkdirSync(join(folder, 'guard', 'b.cedar'));
    expect(problemsOf()).toEqual(['folder guard/a.cedar', 'folder guard/b.cedar']);
  });

  it('does not read files far beyond the limit', () => {
    write('guard/a.cedar', ' '.repeat(4 * MAX_SOURCE_CHARS));
    expect(problemsOf()).toEqual([]);
    write('guard/a.cedar', ' '.repeat(4 * MAX_SOURCE_CHARS + 1));
    expect(problemsOf()).toEqual(['too-large guard/a.cedar']);
  });

  it('bounds the number of files', () => {
    for (let index = 0; index < MAX_FILES_PER_SET; index += 1) write(`guard/${index}.cedar`, '');
    expect(problemsOf()).toEqual([]);
    write('guard/one-more.cedar', '');
    expect(problemsOf()).toEqual(['too-large guard']);
  });
});

describe('loadPolicyFolder()', () => {
  it('gives an engine, or the problems', () => {
    write('guard/a.cedar', FLAG);
    expect(loadPolicyFolder(folder)).toMatchObject({ ok: true });
    write('guard/a.cedar', 'forbid');
    expect(loadPolicyFolder(folder)).toMatchObject({
      ok: false,
      problems: [{ code: 'syntax', file: 'guard/a.cedar' }],
    });
    rmSync(join(folder, 'access'), { recursive: true });
    expect(loadPolicyFolder(folder)).toMatchObject({ ok: false, problems: [{ code: 'folder' }] });
  });
});

/** Time that stands still until told to go on, and a file system that says what it is told to. */
class FakeWorld {
  #nowMs = 0;
  #tasks: { task: () => void; atMs: number }[] = [];
  readonly watched: string[] = [];
  notify: () => void = () => undefined;
  changes = 0;

  watch(options: { pollMs?: number } = {}) {
    return watchPolicyFolder(folder, {
      ...options,
      onChange: () => {
        this.changes += 1;
      },
      schedule: (task, delayMs) => {
        const entry = { task, atMs: this.#nowMs + delayMs };
        this.#tasks.push(entry);
        return () => {
          this.#tasks = this.#tasks.filter((other) => other !== entry);
        };
      },
      watchFolder: (path, notify) => {
        this.watched.push(path);
        this.notify = notify;
        return { close: () => this.watched.splice(this.watched.indexOf(path), 1) };
      },
    });
  }

  pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#tasks.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#tasks = this.#tasks.filter((other) => other !== next);
      this.#nowMs = next.atMs;
      next.task();
    }
    this.#nowMs = untilMs;
  }

  get pending(): number {
    return this.#tasks.length;
  }
}

describe('watchPolicyFolder()', () => {
  it('reports a change once the files came to rest', () => {
    const world = new FakeWorld();
    const watch = world.watch();
    write('guard/a.cedar', 'half');
    world.notify();
    world.pass(199);
    write('guard/a.cedar', 'whole');
    world.notify();
    world.pass(199);
    expect(world.changes).toBe(0);
    world.pass(1);
    expect(world.changes).toBe(1);
    watch.close();
  });

  it('does not report events that changed no text', () => {
    write('guard/a.cedar', 'a');
    const world = new FakeWorld();
    const watch = world.watch();
    write('guard/a.cedar', 'a');
    write('guard/notes.txt', 'x');
    world.notify();
    world.pass(1_000);
    expect(world.changes).toBe(0);
    watch.close();
  });

  it('sees changes of which no event tells, at its next comparison', () => {
    const world = new FakeWorld();
    const watch = world.watch({ pollMs: 3_000 });
    rmSync(join(folder, 'guard'), { recursive: true });
    world.pass(3_199);
    expect(world.changes).toBe(0);
    world.pass(1);
    expect(world.changes).toBe(1);
    watch.close();
  });

  it('leaves no timer and no watcher behind', () => {
    const world = new FakeWorld();
    const watch = world.watch();
    expect(world.watched).toEqual([folder, join(folder, 'access'), join(folder, 'guard')]);
    world.notify();
    watch.close();
    expect([world.pending, world.watched]).toEqual([0, []]);
  });

  it('works on the real file system', async () => {
    write('guard/a.cedar', 'a');
    await new Promise<void>((resolve) => {
      const watch = watchPolicyFolder(folder, {
        debounceMs: 1,
        pollMs: 20,
        onChange: () => {
          watch.close();
          resolve();
        },
        // The default timer keeps no process alive; the test needs this one to.
        schedule: (task, delayMs) => {
          const handle = setTimeout(task, delayMs);
          return () => clearTimeout(handle);
        },
      });
      write('guard/a.cedar', 'b');
    });
    expect(readPolicyFolder(folder)).toMatchObject({ ok: true });
  });
});
