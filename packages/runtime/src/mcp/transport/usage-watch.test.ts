import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { readUsage, USAGE_EVERY_MS, type Usage, UsageWatch } from './usage-watch.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Told {
  readonly name?: string;
  readonly group: number;
  /** utime, stime, cutime, cstime. */
  readonly ticks: readonly number[];
  readonly kB?: number;
}

function tell(processes: Readonly<Record<string, Told>>): string {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-proc-'));
  folders.push(root);
  writeFileSync(join(root, 'uptime'), '1 1');
  for (const [pid, { name = 'node', group, ticks, kB }] of Object.entries(processes)) {
    mkdirSync(join(root, pid));
    writeFileSync(
      join(root, pid, 'stat'),
      `${pid} (${name}) S 1 ${group} ${group} 0 -1 4194304 1 2 3 4 ${ticks.join(' ')} 20 0 1`,
    );
    writeFileSync(
      join(root, pid, 'status'),
      kB === undefined ? 'Name:\tx\n' : `Name:\tx\nVmRSS:\t    ${kB} kB\nRssAnon:\t9 kB\n`,
    );
  }
  return root;
}

describe('readUsage()', () => {
  test('adds up what the processes of a group use, whatever they are called', () => {
    const root = tell({
      10: { group: 10, ticks: [100, 50, 20, 30], kB: 1_000 },
      11: { name: 'a) R 1 99 (b', group: 10, ticks: [1, 1, 0, 0], kB: 24 },
      12: { group: 12, ticks: [5, 0, 0, 0] },
      13: { group: 13, ticks: [1_000, 0, 0, 0], kB: 9 },
    });
    expect(readUsage(new Set([10, 12, 14]), root)).toEqual(
      new Map([
        [10, { memoryBytes: 1_024 * 1_024, cpuSeconds: 2.02 }],
        [12, { memoryBytes: 0, cpuSeconds: 0.05 }],
      ]),
    );
  });

  test('knows nothing where nothing is told', () => {
    expect(readUsage(new Set([1]), join(tmpdir(), 'no-such-folder')).size).toBe(0);
  });
});

describe('UsageWatch', () => {
  function watching(usage: Usage) {
    const clock = new ManualClock();
    const told: string[] = [];
    const watch = new UsageWatch({ clock, read: (groups) => new Map([...groups].map((group) => [group, usage])) });
    return { clock, told, watch };
  }

  test.each([
    [{ memoryBytes: 100, cpuSeconds: 5 }, []],
    [{ memoryBytes: 101, cpuSeconds: 5 }, ['a']],
    [{ memoryBytes: 100, cpuSeconds: 5.01 }, ['a']],
  ])('tells once of a group beyond its bounds, and not of one at them: %j', async (usage, expected) => {
    const { clock, told, watch } = watching(usage);
    watch.watch(7, { maxMemoryBytes: 100, maxCpuSeconds: 5 }, () => told.push('a'));
    await clock.pass(USAGE_EVERY_MS - 1);
    expect(told).toEqual([]);
    await clock.pass(3 * USAGE_EVERY_MS);
    expect(told).toEqual(expected);
  });

  test('has no timer while there is nobody to look at, and none told who is looked away from', async () => {
    const { clock, told, watch } = watching({ memoryBytes: 101, cpuSeconds: 0 });
    const away = watch.watch(7, { maxMemoryBytes: 100 }, () => told.push('a'));
    const other = watch.watch(8, { maxMemoryBytes: 101 }, () => told.push('b'));
    away();
    await clock.pass(USAGE_EVERY_MS);
    other();
    expect([told, clock.pending]).toEqual([[], 0]);
  });
});
