import { CONTAINMENTS_KEY, type Recorder, type RecordReader, type SallyportError } from '@sallyport/core';
import { readRecords } from '@sallyport/record';
import { after, nowMs } from '../clock.ts';
import type { Config } from '../config/index.ts';
import { CONTAINED_MAX_MS, ContainmentOffice } from './containment-office.ts';

const DAY_MS = 86_400_000;

export interface ContainmentRoomParts {
  readonly config: Pick<Config, 'audit'>;
  readonly store: RecordReader;
  readonly recorder: Recorder;
  readonly report: (error: SallyportError) => void;
}

/** What the log says is in force is in force again. Cost: 50 us a record of a containment. */
export function openContainments({ config, store, recorder, report }: ContainmentRoomParts): ContainmentOffice {
  const keptMs = (config.audit.retention?.days ?? Number.POSITIVE_INFINITY) * DAY_MS;
  const clock = { nowMs, dateMs: Date.now, after };
  const office = new ContainmentOffice({ recorder, maxForMs: Math.min(CONTAINED_MAX_MS, keptMs), clock, report });
  office.learn(readRecords(store, { exchange: CONTAINMENTS_KEY }));
  return office;
}
