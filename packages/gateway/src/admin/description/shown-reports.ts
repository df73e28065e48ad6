import { z } from 'zod';
import { count } from './call-about.ts';

const part = z.record(z.string(), z.unknown());
const exchanges = z.object({ counted: count, drills: count, unjoined: count, shortened: count });

/** What the reports have in common stands here; what their parts hold is told in the guide. */
export const vendorReport = z
  .object({ v: z.literal(1), report: z.literal('vendors'), exchanges, models: z.array(part), timeline: part })
  .loose();
export const impactReport = z
  .object({
    v: z.literal(1),
    report: z.literal('impact'),
    exchanges: exchanges.extend({ byOutcome: z.record(z.string(), count), actedOn: count, cut: count }),
    attacks: part,
    denied: part,
    exposures: z.array(part),
    response: part,
    feedback: part,
    approvals: part,
    autonomy: part,
    coverage: part,
    overhead: part,
    trend: part,
  })
  .loose();
