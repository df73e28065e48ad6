import { z } from 'zod';
import { integer, option } from './option.ts';

export const monitorSchema = z.strictObject({
  enabled: option(z.boolean().default(true), {
    about: 'whether signals are measured, and events given to whoever watches; metrics are made either way',
  }),
  tailRecords: option(integer(0, 100_000).default(4_096), {
    about: 'records at the end of the log that a start learns from, 25 us each; with 0 it learns from nothing',
    unit: 'records',
  }),
  liveEvents: option(integer(64, 65_536).default(4_096), {
    about: 'newest events that are kept for whoever watches and comes back; each takes about 1 KB',
    unit: 'events',
  }),
});
