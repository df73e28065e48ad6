import { z } from 'zod';
import { folderSchema, integer, option } from './option.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

export const auditModeSchema = z.enum(['strict', 'relaxed']);

/** Witnesses that a log asks at most. */
const WITNESSES_MAX = 8;

const witnessSchema = z.strictObject({
  url: option(z.string().min(1).max(2_048), {
    about: 'http or https address of the witness; `/add-checkpoint` is put behind it',
  }),
  vkey: option(z.string().min(1).max(512), {
    about: 'its public key as it prints it: `name+id+key`',
  }),
});

export const auditSchema = z.strictObject({
  mode: option(auditModeSchema.default('strict'), {
    about:
      '`strict`: an answer goes out only after its record is durable. `relaxed`: records are written behind the answer; a crash may lose the last of them',
  }),
  seal: option(
    z
      .strictObject({
        records: option(integer(1, 65_536).default(256), {
          about: 'a head is signed when so many records have none',
          unit: 'records',
        }),
        ms: option(integer(10, 60 * SECOND_MS).default(250), {
          about: 'a head is signed when the oldest record without one is so old',
          unit: 'ms',
        }),
      })
      .prefault({}),
    { about: 'when a head of the log is signed' },
  ),
  retention: option(
    z
      .strictObject({
        days: option(integer(1, 36_500), {
          about: 'how long records stay in the data folder; older ones leave it for the archive',
          unit: 'days',
        }),
        lock: option(z.boolean().default(false), {
          about:
            'writes into the log that the days can be made more but never fewer: a later start with fewer is refused',
        }),
        folder: option(folderSchema.default('./archive'), {
          about: 'folder of the archive: the whole log as C2SP tiles. In the file relative to it',
        }),
      })
      .optional(),
    { about: 'how long records stay where they are; without it, for ever' },
  ),
  witnesses: option(z.array(witnessSchema).max(WITNESSES_MAX).default([]), {
    about: 'who is asked to sign the heads of the log too, so that nobody here can give it another past',
  }),
  witnessEveryMs: option(integer(SECOND_MS, DAY_MS).default(10 * SECOND_MS), {
    about: 'how often witnesses are asked, when there is something new',
    unit: 'ms',
  }),
});

/** `audit: relaxed` is short for `audit: { mode: relaxed }`. */
export function spelledOut(file: unknown): unknown {
  if (typeof file !== 'object' || file === null || Array.isArray(file) || !('audit' in file)) return file;
  return typeof file.audit === 'string' ? { ...file, audit: { mode: file.audit } } : file;
}
