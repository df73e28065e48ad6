import { type MemoryLabel, worseLabel } from '@sallyport/core';

/**
 * The label of what a memory gave back, by what is known of how it came there, with the place where it stood first.
 * INVARIANT: it is never better than either: a tool that is trusted vouches for nothing that somebody else made it keep.
 */
export function recalledLabel(own: MemoryLabel, kept: MemoryLabel | undefined, memory: string): MemoryLabel {
  if (kept === undefined) return own;
  const { tool } = own.origin;
  return { ...worseLabel(own, kept), origin: { ...(tool !== undefined && { tool }), ...kept.origin, memory } };
}
