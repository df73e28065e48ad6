import { readdirSync, readFileSync } from 'node:fs';
import { CATEGORIES, CHECKPOINTS, SallyportError } from '@sallyport/core';
import { z } from 'zod';

/** Facts about how a gateway is set up that a control may rest on. What each takes to hold is the composition root's business. */
export const SETTINGS = [
  'access-default-deny',
  'approvals',
  'audit-strict',
  'audit-witness',
  'budgets',
  'content-encrypted',
  'flow-judged',
  'identity-issuers',
  'registry-complete',
  'retention-lock',
  'signed-policies',
  'tls',
  'tools-vetted',
] as const;
export type Setting = (typeof SETTINGS)[number];

const text = z.string().trim().min(1).max(1_000);
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);

const speaksSchema = z.strictObject({
  /** What it shows, in one sentence. */
  says: text,
  /** Hostile probes that policies must meet: each category at each checkpoint. */
  probes: z
    .strictObject({ points: z.array(z.enum(CHECKPOINTS)).min(1), categories: z.array(z.enum(CATEGORIES)).min(1) })
    .optional(),
  /** Ids of detectors that must be switched on, on every route. */
  detectors: z.array(id).min(1).optional(),
  settings: z.array(z.enum(SETTINGS)).min(1).optional(),
  /** Names of counts over the period, as `PeriodFigures` makes them: shown, never a condition. */
  figures: z.array(z.string().regex(/^[a-z-]+\.[A-Za-z0-9_-]+$/)).default([]),
});

const controlSchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9().-]{0,31}$/),
  title: text,
  /** The id and its title were read in the source; otherwise whoever uses the framework has to check them. */
  verified: z.boolean(),
  speaks: z.array(speaksSchema),
  /** What nothing here speaks for, in plain words: never empty, no control is met by a gateway alone. */
  notCovered: z.array(text).min(1),
});

const frameworkSchema = z.strictObject({
  id,
  version: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$/),
  title: text,
  publisher: text,
  /** Where ids and titles are from. */
  source: text,
  note: text.optional(),
  controls: z.array(controlSchema).min(1).max(500),
});

export type Framework = z.output<typeof frameworkSchema>;
export type Control = z.output<typeof controlSchema>;
export type Speaks = z.output<typeof speaksSchema>;

/**
 * A framework from its JSON text.
 * @throws {SallyportError} `CONFIG_INVALID` that says where the text is not one
 */
export function parseFramework(json: string, name: string): Framework {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new SallyportError('CONFIG_INVALID', { detail: `${name} is not JSON` });
  }
  const parsed = frameworkSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SallyportError('CONFIG_INVALID', { detail: `${name}: ${issue?.path.join('.')}: ${issue?.message}` });
  }
  const ids = parsed.data.controls.map((control) => control.id);
  const twice = ids.find((each, index) => ids.indexOf(each) !== index);
  if (twice !== undefined)
    throw new SallyportError('CONFIG_INVALID', { detail: `${name}: control ${twice} is there twice` });
  return parsed.data;
}

/** It lies beside src and dist. */
const FOLDER = new URL('../../frameworks/', import.meta.url);

/** The frameworks that come with the product, one data file each. */
export function builtInFrameworks(): readonly Framework[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => parseFramework(readFileSync(new URL(name, FOLDER), 'utf8'), name));
}
