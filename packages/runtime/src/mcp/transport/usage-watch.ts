import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TransportClock } from './transport-clock.ts';

/** What the processes of one group use. */
export interface Usage {
  readonly memoryBytes: number;
  /** Of processes that have ended too, once somebody of the group has asked how. */
  readonly cpuSeconds: number;
}

export interface UsageBounds {
  readonly maxMemoryBytes: number;
  readonly maxCpuSeconds?: number | undefined;
}

export interface UsageWatchParts {
  readonly clock: TransportClock;
  /** Usage of process groups, by their numbers; those that nothing is known of are left out. */
  readonly read: (groups: ReadonlySet<number>) => ReadonlyMap<number, Usage>;
}

/** Milliseconds between two looks. */
export const USAGE_EVERY_MS = 2_000;

interface Watched {
  readonly bounds: UsageBounds;
  readonly onBeyond: () => void;
}

/** Looks at what process groups use, all of them in one go, while there is one to look at. */
export class UsageWatch {
  readonly #parts: UsageWatchParts;
  readonly #watched = new Map<number, Watched>();
  #callOff: (() => void) | undefined;

  constructor(parts: UsageWatchParts) {
    this.#parts = parts;
  }

  /** Tells once when the group uses more than its bounds. @returns how to look away */
  watch(group: number, bounds: UsageBounds, onBeyond: () => void): () => void {
    const watched = { bounds, onBeyond };
    this.#watched.set(group, watched);
    this.#callOff ??= this.#later();
    return () => {
      if (this.#watched.get(group) === watched) this.#watched.delete(group);
      if (this.#watched.size > 0) return;
      this.#callOff?.();
      this.#callOff = undefined;
    };
  }

  #later(): () => void {
    return this.#parts.clock.after(USAGE_EVERY_MS, () => {
      this.#look();
      this.#callOff = this.#watched.size > 0 ? this.#later() : undefined;
    });
  }

  #look(): void {
    const usages = this.#parts.read(new Set(this.#watched.keys()));
    for (const [group, usage] of usages) {
      const watched = this.#watched.get(group);
      if (watched === undefined || !isBeyond(usage, watched.bounds)) continue;
      this.#watched.delete(group);
      watched.onBeyond();
    }
  }
}

function isBeyond({ memoryBytes, cpuSeconds }: Usage, { maxMemoryBytes, maxCpuSeconds }: UsageBounds): boolean {
  return memoryBytes > maxMemoryBytes || (maxCpuSeconds !== undefined && cpuSeconds > maxCpuSeconds);
}

/** What the kernel counts time in for programs, on every architecture that Node.js runs on. */
const TICKS_PER_SECOND = 100;
const NOTHING: Usage = { memoryBytes: 0, cpuSeconds: 0 };

/**
 * Usage of process groups as Linux tells it; elsewhere there is none. Looks at every process of the machine, some 20 us each.
 * Source: proc_pid_stat(5), proc_pid_status(5).
 * @param root where the kernel tells it
 */
export function readUsage(groups: ReadonlySet<number>, root = '/proc'): ReadonlyMap<number, Usage> {
  const usages = new Map<number, Usage>();
  for (const entry of entriesOf(root)) {
    if (!/^\d+$/.test(entry)) continue;
    const folder = join(root, entry);
    const stat = statOf(folder);
    if (stat === undefined || !groups.has(stat.group)) continue;
    const sum = usages.get(stat.group) ?? NOTHING;
    usages.set(stat.group, {
      memoryBytes: sum.memoryBytes + memoryOf(folder),
      cpuSeconds: sum.cpuSeconds + stat.ticks / TICKS_PER_SECOND,
    });
  }
  return usages;
}

function entriesOf(root: string): readonly string[] {
  try {
    return readdirSync(root);
  } catch {
    return [];
  }
}

/** The name of a program may hold anything, so that fields are counted from behind its last bracket. */
function statOf(folder: string): { readonly group: number; readonly ticks: number } | undefined {
  const text = textOf(join(folder, 'stat'));
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [group, ...times] = [2, 11, 12, 13, 14].map((at) => Number(fields[at]));
  const ticks = times.reduce((sum, time) => sum + time, 0);
  return group === undefined || !Number.isSafeInteger(group + ticks) ? undefined : { group, ticks };
}

function memoryOf(folder: string): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(textOf(join(folder, 'status')));
  return found === null ? 0 : Number(found[1]) * 1_024;
}

/** A process may have ended since its folder was seen. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
