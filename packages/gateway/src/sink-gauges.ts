import type { TelemetryStatus } from '@sallyport/runtime';
import { Gauge, type Registry } from 'prom-client';

type SinkStatus = TelemetryStatus[string];

const SHOWN: readonly (readonly [name: string, help: string, read: (status: SinkStatus) => number])[] = [
  ['waiting_events', 'events that wait to be told', ({ waiting }) => waiting],
  ['waiting_bytes', 'bytes of events that wait to be told', ({ waitingBytes }) => waitingBytes],
  ['written_events', 'events that a sink took, since the start', ({ written }) => written],
  ['dropped_events', 'events that were left out, since the start', ({ dropped }) => dropped],
  ['failed_writes', 'writes that a sink failed, since the start', ({ failedWrites }) => failedWrites],
];

/** How the sinks of telemetry do, by name; nothing where there is none. */
export function registerSinkGauges(registry: Registry, sinks: () => TelemetryStatus): void {
  for (const [name, help, read] of SHOWN) {
    const gauge: Gauge = new Gauge({
      name: `sallyport_telemetry_${name}`,
      help,
      labelNames: ['sink'],
      registers: [registry],
      collect: () => {
        for (const [sink, status] of Object.entries(sinks())) gauge.set({ sink }, read(status));
      },
    });
  }
}
