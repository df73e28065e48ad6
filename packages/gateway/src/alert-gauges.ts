import type { AlertStatus } from '@sallyport/runtime';
import { Gauge, type Registry } from 'prom-client';

type SinkStatus = AlertStatus['sinks'][string];

const SHOWN: readonly (readonly [name: string, help: string, read: (status: AlertStatus) => number])[] = [
  ['alerts_suppressed', 'alerts that were only counted, since the start', ({ suppressed }) => suppressed],
  ['alerts_dropped_records', 'records that no rule could keep up with, since the start', ({ dropped }) => dropped],
  ['alerts_failed_records', 'records on which a rule or a response failed, since the start', ({ failed }) => failed],
];
const OF_SINKS: readonly (readonly [name: string, help: string, read: (status: SinkStatus) => number])[] = [
  ['waiting', 'messages that wait to be told', ({ waiting }) => waiting],
  ['told', 'messages that a sink took, since the start', ({ written }) => written],
  ['dropped', 'messages that were left out or refused, since the start', ({ dropped }) => dropped],
  ['failed', 'tries that a sink failed, since the start', ({ failedWrites }) => failedWrites],
];

/** How alerts and those who are told of them do. */
export function registerAlertGauges(registry: Registry, read: () => AlertStatus): void {
  const states: Gauge = new Gauge({
    name: 'sallyport_alerts',
    help: 'alerts that are not resolved',
    labelNames: ['state'],
    registers: [registry],
    collect: () => {
      const { open, acknowledged } = read();
      states.set({ state: 'open' }, open);
      states.set({ state: 'acknowledged' }, acknowledged);
    },
  });
  for (const [name, help, value] of SHOWN) {
    const gauge: Gauge = new Gauge({
      name: `sallyport_${name}`,
      help,
      registers: [registry],
      collect: () => gauge.set(value(read())),
    });
  }
  for (const [name, help, value] of OF_SINKS) {
    const gauge: Gauge = new Gauge({
      name: `sallyport_alert_sink_${name}`,
      help,
      labelNames: ['sink'],
      registers: [registry],
      collect: () => {
        for (const [sink, status] of Object.entries(read().sinks)) gauge.set({ sink }, value(status));
      },
    });
  }
}
