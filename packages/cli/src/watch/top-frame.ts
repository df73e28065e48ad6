import type { ShownSignals } from '@sallyport/gateway';
import type { SessionAtRisk, ShownSeries } from '@sallyport/runtime';
import { cell } from '../gateway-command.ts';
import { type Column, textTable } from '../table.ts';

/** What one frame shows. */
export interface TopFrame {
  readonly at: string;
  readonly all: ShownSignals;
  readonly scope: string;
  readonly busiest: readonly ShownSeries[];
}

const MIB = 1_048_576;
const RIGHT = [
  'per min',
  'p50 ms',
  'p95 ms',
  'first ms',
  'tok/s',
  'errors',
  'refused',
  'blocked',
  'redacted',
  'calls',
  'stopped',
];

/** The last five minutes as plain text: all traffic, the busiest series of one scope, sessions at risk. */
export function topFrame({ at, all: { series, sessions, monitor }, scope, busiest }: TopFrame): string {
  const { dropped, failed } = monitor;
  const lost = dropped + failed === 0 ? '' : `; ${dropped} records left out, ${failed} failed`;
  const head = `${at}  ${monitor.series} series, ${(monitor.bytes / MIB).toFixed(1)} MiB${lost}\n`;
  const shown = [...series, ...busiest.filter((one) => one.scope !== 'gateway')];
  const traffic = shown.length === 0 ? 'nothing came within five minutes\n' : trafficTable(shown, scope);
  return [head, traffic, ...(sessions.length === 0 ? [] : [sessionTable(sessions)])].join('\n');
}

function trafficTable(shown: readonly ShownSeries[], scope: string): string {
  const columns: readonly Column[] = [
    { title: scope, align: 'left' },
    ...RIGHT.map((title): Column => ({ title, align: 'right' })),
  ];
  return textTable(
    columns,
    shown.map((one) => [
      one.scope === 'gateway' ? '(all)' : cell(one.name),
      one.perMinute.toFixed(1),
      whole(one.latency?.p50),
      whole(one.latency?.p95),
      whole(one.firstToken?.p50),
      whole(one.tokensPerSecond),
      share(one.rates.error, one),
      share(one.rates.refusal, one),
      share(one.rates.block, one),
      share(one.rates.redaction, one),
      `${one.calls}`,
      `${one.stoppedCalls}`,
    ]),
  );
}

function sessionTable(sessions: readonly SessionAtRisk[]): string {
  const columns: readonly Column[] = [
    { title: 'session at risk', align: 'left' },
    { title: 'stopped', align: 'right' },
    { title: 'principal', align: 'left' },
    { title: 'findings', align: 'left' },
    { title: 'last', align: 'left' },
  ];
  return textTable(
    columns,
    sessions.map(({ session, stopped, principal, findings, at }) => [
      cell(session),
      `${stopped}`,
      cell(principal),
      Object.entries(findings)
        .map(([category, count]) => `${category}=${count}`)
        .join(' '),
      at,
    ]),
  );
}

function whole(value: number | undefined): string {
  return value === undefined ? '-' : `${Math.round(value)}`;
}

function share(count: number, { exchanges }: ShownSeries): string {
  return exchanges === 0 ? '-' : `${((100 * count) / exchanges).toFixed(1)}%`;
}
