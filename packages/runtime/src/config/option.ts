import { POSTURES } from '@sallyport/core';
import { z } from 'zod';

/** What the reference says of an option, beside what its schema says already. */
interface About {
  readonly about: string;
  readonly unit?: string;
}

/** A schema with its line of the reference. */
export function option<T extends z.ZodType>(schema: T, { about, unit }: About): T {
  return schema.meta({ description: about, ...(unit === undefined ? {} : { unit }) });
}

export function integer(min: number, max: number): z.ZodInt {
  return z.int().min(min).max(max);
}

export const nameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be 1 to 63 of `a-z 0-9 . _ -`, beginning with a letter or digit');
export const hostSchema = z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'must be a host name or an IP address');
export const portSchema = integer(0, 65_535);
export const postureSchema = z.enum(POSTURES);
export const folderSchema = z.string().min(1).max(1_024);
export const fileSchema = z.string().min(1).max(1_024);

const modelPattern = z.string().regex(/^[!-~]{1,200}$/, 'must be 1 to 200 visible ASCII characters');
export const modelPatternsSchema = z.array(modelPattern).min(1).max(1_000);
