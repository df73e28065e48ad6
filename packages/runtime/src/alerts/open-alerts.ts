import { ALERTS_KEY, type RecordReader } from '@sallyport/core';
import { readRecords } from '@sallyport/record';
import { after, nowMs } from '../clock.ts';
import type { Config } from '../config/index.ts';
import { AlertRoom, type AlertRoomParts } from './alert-room.ts';

export interface OpenAlertsParts extends Pick<AlertRoomParts, 'recorder' | 'containments' | 'report'> {
  readonly config: Pick<Config, 'alerts' | 'monitor'>;
  readonly store: RecordReader;
}

/** Alerts as the log says that they stand, and rules that know the end of it. Cost: 50 us a record of an alert. */
export function openAlerts({ config, store, ...parts }: OpenAlertsParts): AlertRoom {
  const { alerts, monitor } = config;
  const clock = { nowMs, dateMs: Date.now, after };
  const room = new AlertRoom({ ...parts, alerts, clock, defer: setImmediate });
  room.office.learn(readRecords(store, { exchange: ALERTS_KEY }));
  if (alerts.rules.length > 0) {
    room.learn(readRecords(store, { from: Math.max(store.first, store.size - monitor.tailRecords) }));
  }
  return room;
}
