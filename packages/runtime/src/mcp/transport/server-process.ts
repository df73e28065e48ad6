import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { TransportClock } from './transport-clock.ts';

export interface ServerProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole of it. */
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** From the end of its input to a signal that asks it to end, milliseconds. */
export const ASK_TO_END_MS = 2_000;
/** From that to the signal that ends it, milliseconds. */
export const KILL_MS = 2_000;
/** How long after its end its output is read on, which a process that left the group may hold open, milliseconds. */
export const DRAIN_MS = 500;

/** Windows knows no process groups: there only the process itself is ended. */
const HAS_GROUPS = process.platform !== 'win32';

/** Groups that are alive: they must not survive this process. */
const living = new Set<ServerProcess>();

/**
 * A process in a group of its own, started without a shell. What it says on standard error is counted and thrown away: it may
 * hold anything. When the process ends, so does whatever is left of its group; when we end, so does it.
 */
export class ServerProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #clock: TransportClock;
  #stderrBytes = 0;
  #stopping: Promise<void> | undefined;
  /** Resolves when it has ended and its output is read; also where it could not be started. */
  readonly gone: Promise<void>;

  constructor({ command, args, cwd, env, uid, gid }: ServerProcessOptions, clock: TransportClock) {
    this.#clock = clock;
    this.#child = spawn(command, args, {
      cwd,
      env,
      detached: HAS_GROUPS,
      shell: false,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    });
    this.#child.stderr.on('data', (chunk: Uint8Array) => {
      this.#stderrBytes += chunk.length;
    });
    this.#child.stderr.on('error', () => undefined);
    enlist(this);
    this.gone = new Promise((resolve) => {
      const done = () => {
        strike(this);
        resolve();
      };
      this.#child.on('error', done);
      this.#child.on('close', done);
      this.#child.on('exit', () => {
        this.kill();
        this.#clock.after(DRAIN_MS, () => {
          this.#child.stdout.destroy();
          this.#child.stderr.destroy();
        });
      });
    });
  }

  get input(): Writable {
    return this.#child.stdin;
  }

  get output(): Readable {
    return this.#child.stdout;
  }

  /** Number of the process, and of its group; undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it said on standard error, bytes. */
  get stderrBytes(): number {
    return this.#stderrBytes;
  }

  /** Ends its input, asks it to end, ends it. Resolves when it is gone. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Ends the whole group, at once. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  async #stop(): Promise<void> {
    this.#child.stdin.end();
    const callOff = this.#clock.after(ASK_TO_END_MS, () => this.#signal('SIGTERM'));
    const callOffKill = this.#clock.after(ASK_TO_END_MS + KILL_MS, () => this.kill());
    await this.gone;
    callOff();
    callOffKill();
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      if (HAS_GROUPS) process.kill(-pid, signal);
      else this.#child.kill(signal);
    } catch {
      // Nobody is left in the group.
    }
  }
}

function enlist(one: ServerProcess): void {
  if (living.size === 0) process.on('exit', killAll);
  living.add(one);
}

function strike(one: ServerProcess): void {
  living.delete(one);
  if (living.size === 0) process.off('exit', killAll);
}

function killAll(): void {
  for (const one of living) one.kill();
}
