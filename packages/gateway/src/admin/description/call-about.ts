import type { ErrorCode } from '@sallyport/core';
import { z } from 'zod';

/** What a call of the admin API takes and answers: the server reads requests by these schemas, and the description is made of them. */
export interface CallAbout {
  /** Names it in the description: `listKeys`. */
  readonly id: string;
  /** What it does, in one sentence. */
  readonly about: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** It may come without a body. */
  readonly bodyless?: boolean;
  readonly answers: z.ZodType;
  /** What it answers with where all went well; default: 200. */
  readonly status?: 201;
  /** Codes beside those that every call can answer with. */
  readonly faults?: readonly ErrorCode[];
  /** The answer is a stream of events, each as `answers` says. */
  readonly isStream?: boolean;
}

/** One page of a list. @param member what its items stand under */
export function pageSchema<Member extends string>(member: Member, item: z.ZodType): z.ZodType {
  return z.object({
    [member]: z.array(item),
    next: z.string().exactOptional().describe('`cursor` of the next page; absent on the last'),
  });
}

export const time = z.string().describe('RFC 3339, UTC');
export const count = z.int().min(0);
export const strings = z.array(z.string());
