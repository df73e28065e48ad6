import { describeProblem, formatProblem, type Notice } from '@sallyport/runtime';
import { type Logger, pino } from 'pino';
import type { TlsNews } from './tls/listener-tls.ts';

/** The operator's log, JSON lines on standard error. No prompt, secret or match ever reaches it. */
export function createLog(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: false }),
  );
}

export function logNotice(log: Logger, notice: Notice): void {
  switch (notice.kind) {
    case 'error': {
      const { code, detail, cause } = notice.error;
      log.error({ exchange: notice.exchange, code, detail, cause: nameOf(cause) }, notice.error.message);
      return;
    }
    case 'policies-reloaded':
      log.info({ policySet: notice.policySet }, 'policies reloaded');
      return;
    case 'policies-refused':
      log.error(
        { problems: notice.problems.map(describeProblem) },
        'policies not valid; the last good set stays in force',
      );
      return;
    case 'erased-again':
      log.warn({ rows: notice.rows }, 'content was there again that the log says was erased; it is destroyed');
      return;
    case 'entities-reloaded':
      log.info('entities reloaded');
      return;
    case 'entities-refused':
      log.error(
        { problems: notice.problems.map(formatProblem) },
        'entities not valid; the last good ones stay in force',
      );
      return;
    case 'sink-failed':
      log.error({ sink: notice.sink, cause: nameOf(notice.error) }, 'a sink of telemetry fails; it is tried again');
      return;
    case 'head-not-saved':
      log.error('head of the log could not be saved');
      return;
    case 'issuer-unreachable': {
      const { issuer, reason, servesMs } = notice;
      log.error(
        { issuer, reason, servesMs },
        'keys of an issuer cannot be fetched; those that are there serve on for this long',
      );
      return;
    }
    case 'issuer-reached':
      log.info({ issuer: notice.issuer }, 'keys of an issuer were fetched again');
      return;
    case 'authorization-failed':
      log.warn(
        { server: notice.server, reason: notice.reason },
        'authorization server of an MCP server cannot be used',
      );
      return;
    case 'archived':
      log.info({ records: notice.dropped, first: notice.first }, 'old records were archived');
      return;
    case 'not-archived':
      log.error({ cause: nameOf(notice.error) }, 'old records could not be archived; nothing was let go');
      return;
    case 'witness': {
      const { witness, standing, size } = notice.status;
      if (!notice.changed) return;
      if (standing === 'cosigned') log.info({ witness, size }, 'a witness signs the log');
      else if (standing === 'ahead' || standing === 'forked') {
        log.error({ witness, standing }, 'a witness knows another past of this log; run `sallyport audit verify`');
      } else log.warn({ witness, standing }, 'a witness does not sign the log');
      return;
    }
  }
}

export function logTls(log: Logger, news: TlsNews): void {
  const { listener } = news;
  if (news.kind === 'tls-reloaded') log.info({ listener, until: news.until }, 'new certificate in force');
  else log.error({ listener, reason: news.reason }, 'new certificate not taken; the last good one stays in force');
}

/** An unforeseen error's own message may quote what it choked on: its name, code and place say enough. */
function nameOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const code = 'code' in cause ? ` ${String(cause.code)}` : '';
  const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return `${cause.name}${code} ${frames
    .slice(0, 4)
    .map((frame) => frame.trim())
    .join(' < ')}`;
}
