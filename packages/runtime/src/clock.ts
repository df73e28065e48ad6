/** Milliseconds of a clock that only goes forward. */
export function nowMs(): number {
  return performance.now();
}

/** Keeps no process alive. */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
}

/** Keeps no process alive either. */
export function rest(ms: number): Promise<void> {
  return new Promise((resolve) => after(ms, resolve));
}

let isoMs = 0;
let isoText = new Date(isoMs).toISOString();

/** The time as records state it, RFC 3339 in UTC; written once per millisecond. */
export function iso(): string {
  const nowMs = Date.now();
  if (nowMs !== isoMs) {
    isoMs = nowMs;
    isoText = new Date(nowMs).toISOString();
  }
  return isoText;
}
