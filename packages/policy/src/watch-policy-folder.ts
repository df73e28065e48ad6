import { watch } from 'node:fs';
import { join } from 'node:path';
import { fingerprintOf, readPolicyFolder } from './policy-folder.ts';
import { POLICY_SETS } from './statement.ts';

/** Runs `task` once, `delayMs` from now, unless the returned function is called before. */
export type Schedule = (task: () => void, delayMs: number) => () => void;

/** Calls `notify` whenever something in a folder may have changed. */
export type WatchFolder = (folder: string, notify: () => void) => { close(): void };

export interface WatchOptions {
  /** Called after the files changed and came to rest; read the folder again there. */
  readonly onChange: () => void;
  /** Quiet time after the last event, milliseconds, 0 and up, default 200: editors write a file in several steps. */
  readonly debounceMs?: number;
  /** Folders are also compared this often, milliseconds, default 5,000: network file systems send no events. */
  readonly pollMs?: number;
  readonly schedule?: Schedule;
  readonly watchFolder?: WatchFolder;
}

export interface PolicyFolderWatch {
  close(): void;
}

const timer: Schedule = (task, delayMs) => {
  const handle = setTimeout(task, delayMs);
  // A watch alone keeps no process alive.
  handle.unref();
  return () => clearTimeout(handle);
};

const nodeWatch: WatchFolder = (folder, notify) => {
  try {
    const watcher = watch(folder, { persistent: false }, notify);
    // Too many watches, a folder that went away: polling still sees what happens.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return { close: () => undefined };
  }
};

/**
 * Watches the two sets of a policy folder, by events and by comparing, and reports real changes of the texts only.
 * Cost of a comparison: reading the files.
 */
export function watchPolicyFolder(folder: string, options: WatchOptions): PolicyFolderWatch {
  const { onChange, debounceMs = 200, pollMs = 5_000, schedule = timer, watchFolder = nodeWatch } = options;
  let known = fingerprintOf(readPolicyFolder(folder));
  let cancelDebounce = (): void => undefined;
  let cancelPoll = (): void => undefined;

  const compare = (): void => {
    const now = fingerprintOf(readPolicyFolder(folder));
    if (now === known) return;
    known = now;
    onChange();
  };
  const notify = (): void => {
    cancelDebounce();
    cancelDebounce = schedule(compare, debounceMs);
  };
  const poll = (): void => {
    cancelPoll = schedule(() => {
      notify();
      poll();
    }, pollMs);
  };

  const watchers = [folder, ...POLICY_SETS.map((set) => join(folder, set))].map((path) => watchFolder(path, notify));
  poll();
  return {
    close: () => {
      cancelDebounce();
      cancelPoll();
      for (const watcher of watchers) watcher.close();
    },
  };
}
