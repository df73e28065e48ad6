import type { Retention, RetentionRun } from '@sallyport/record';

/** How often leaves that grew old are looked for, milliseconds. */
const EVERY_MS = 3_600_000;

export interface RetentionJobParts {
  readonly retention: Retention;
  readonly after: (ms: number, action: () => void) => () => void;
  readonly onRun: (run: RetentionRun) => void;
  readonly onFailed: (error: unknown) => void;
}

export interface RetentionJob {
  /** Waits for the run that is under way. */
  close(): Promise<void>;
}

/** Lets leaves go that are older than the terms say, at the start and every hour, one run after the other. */
export function startRetentionJob({ retention, after, onRun, onFailed }: RetentionJobParts): RetentionJob {
  let running: Promise<void> = Promise.resolve();
  let closed = false;
  let callOff = () => {};
  const next = (ms: number) => {
    if (closed) return;
    callOff = after(ms, () => {
      running = retention
        .run()
        .then(onRun, onFailed)
        .then(() => next(EVERY_MS));
    });
  };
  next(0);
  return {
    close: async () => {
      closed = true;
      callOff();
      await running;
    },
  };
}
