import { JsonLogsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { SignalRecord } from '@sallyport/core';
import { ocsfEvents } from '@sallyport/record';
import { describe, expect, it } from 'vitest';
import { writeLog } from './otlp-log.ts';

const RECORD: SignalRecord = {
  v: 1,
  kind: 'signal',
  step: 'changed',
  exchange: 'sig-1',
  at: '2026-01-01T00:00:00.000Z',
  signal: 'latency',
  scope: 'gateway',
  name: '',
  direction: 'up',
  since: 40,
  from: '2026-01-01T00:00:00.000Z',
  strength: 3.5,
  exchanges: ['x1', 'x2'],
};
const [EVENT] = ocsfEvents(RECORD, { activity: false });
if (EVENT === undefined) throw new Error('no event');

describe('writeLog()', () => {
  it('says of an event what the SDK of OpenTelemetry says of it', () => {
    const logs = new InMemoryLogRecordExporter();
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({}),
      processors: [new SimpleLogRecordProcessor({ exporter: logs })],
    });
    const ours = JSON.parse(writeLog(EVENT, RECORD));
    provider.getLogger('sallyport').emit({
      timestamp: Date.parse(RECORD.at),
      observedTimestamp: Date.parse(RECORD.at),
      severityNumber: ours.severityNumber,
      severityText: ours.severityText,
      eventName: 'ocsf.detection_finding',
      body: JSON.parse(JSON.stringify(EVENT)),
      attributes: {
        'ocsf.class_uid': 2004,
        'ocsf.class_name': 'Detection Finding',
        'sallyport.exchange': 'sig-1',
      },
    });
    const bytes = JsonLogsSerializer.serializeRequest(logs.getFinishedLogRecords());
    const request = JSON.parse(Buffer.from(bytes ?? []).toString());
    const [official] = request.resourceLogs[0].scopeLogs[0].logRecords;
    delete official.droppedAttributesCount;
    expect(ours).toEqual(official);
  });

  it.each([
    [0, 0, 'Unknown'],
    [1, 9, 'Informational'],
    [2, 10, 'Low'],
    [3, 13, 'Medium'],
    [4, 17, 'High'],
    [5, 21, 'Critical'],
    [99, 0, 'Unknown'],
  ])('gives the severity %i of OCSF its number', (severity, number, text) => {
    expect(JSON.parse(writeLog({ ...EVENT, severity_id: severity }, RECORD))).toMatchObject({
      severityNumber: number,
      severityText: text,
    });
  });
});
