import { z } from 'zod';
import { folderSchema, integer, option } from './option.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;

export const telemetrySchema = z.strictObject({
  ocsf: option(
    z
      .strictObject({
        folder: option(folderSchema, {
          about: 'folder of `findings.ocsf.jsonl`, made where there is none. In the file relative to it',
        }),
        activity: option(z.boolean().default(false), {
          about: 'whether exchanges that ended and tool calls are told too, as API Activity',
        }),
        maxFileBytes: option(integer(64 * KIB, 1_024 * MIB).default(16 * MIB), {
          about: 'a file that would grow beyond it is set aside, and a new one begun',
          unit: 'bytes',
        }),
        maxFiles: option(integer(1, 1_000).default(8), {
          about: 'files that are kept, the one that is written too; the oldest is removed',
          unit: 'files',
        }),
        maxWaitingEvents: option(integer(1, 1_000_000).default(10_000), {
          about: 'events that wait to be written; further ones are dropped and counted',
          unit: 'events',
        }),
        maxWaitingBytes: option(integer(64 * KIB, 1_024 * MIB).default(16 * MIB), {
          about: 'bytes of events that wait to be written; further ones are dropped and counted',
          unit: 'bytes',
        }),
      })
      .optional(),
    { about: 'findings as events of OCSF 1.8, a line each; without it, none are written' },
  ),
});
