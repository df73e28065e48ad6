import type { LiveEvent } from '@sallyport/runtime';

/** What `sallyport tail` shows; what is absent is not asked about. */
export interface EventFilter {
  readonly verdict?: string;
  readonly principal?: string;
  readonly tool?: string;
  readonly category?: string;
  readonly kind?: string;
}

/** Whether an event is one that was asked for. `verdict` is the effect of a decision; a principal is named whole, or by its id. */
export function passes(event: LiveEvent, { verdict, principal, tool, category, kind }: EventFilter): boolean {
  if (kind !== undefined && event.kind !== kind) return false;
  if (verdict !== undefined && event.effect !== verdict) return false;
  if (tool !== undefined && event.tool !== tool) return false;
  const { findings = {}, signal } = event;
  if (category !== undefined && signal?.category !== category && !Object.hasOwn(findings, category)) return false;
  if (principal === undefined) return true;
  const { principal: name = '' } = event;
  return name === principal || name.endsWith(`/${principal}`) || name.startsWith(`${principal} for `);
}
