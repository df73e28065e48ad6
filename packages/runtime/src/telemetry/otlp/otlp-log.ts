import type { AuditRecord } from '@sallyport/core';
import type { OcsfEvent } from '@sallyport/record';
import { unixNano, writeAttributes, writeBody } from './otlp-json.ts';

/** `severity_id` of OCSF, by the numbers that logs have for it. */
const SEVERITIES: Readonly<Record<number, readonly [number: number, text: string]>> = {
  1: [9, 'Informational'],
  2: [10, 'Low'],
  3: [13, 'Medium'],
  4: [17, 'High'],
  5: [21, 'Critical'],
};
const UNKNOWN = [0, 'Unknown'] as const;

/** An event of OCSF as a log record of OTLP, JSON: the event is its body, member by member. */
export function writeLog(event: OcsfEvent, record: AuditRecord): string {
  const [severityNumber, severityText] = SEVERITIES[event.severity_id] ?? UNKNOWN;
  const time = unixNano(Date.parse(record.at));
  const trace = 'trace' in record ? record.trace : undefined;
  const name = String(event.class_name);
  const eventName = `ocsf.${name.toLowerCase().replaceAll(' ', '_')}`;
  const attributes = writeAttributes({
    'ocsf.class_uid': event.class_uid,
    'ocsf.class_name': name,
    'sallyport.exchange': record.exchange,
  });
  return (
    `{"timeUnixNano":"${time}","observedTimeUnixNano":"${time}","severityNumber":${severityNumber},` +
    `"severityText":"${severityText}","eventName":${JSON.stringify(eventName)},"body":${writeBody(event)},` +
    `"attributes":${attributes}${trace === undefined ? '' : `,"traceId":${JSON.stringify(trace)}`}}`
  );
}
