/** Levels of log messages, the least grave first (RFC 5424). Source: SDK 2.4.0, `LoggingLevelSchema`. */
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

/** How grave a level is, 0..; `undefined` for a word that is none. */
export function gravityOf(level: string | undefined): number | undefined {
  const gravity = level === undefined ? -1 : LEVELS.indexOf(level);
  return gravity < 0 ? undefined : gravity;
}
