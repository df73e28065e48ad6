import {
  INTEGRITIES,
  type Integrity,
  type LeafOrigin,
  type LeafShape,
  type MemoryLabel,
  type Readers,
} from '@sallyport/core';

interface Label {
  readonly integrity: Integrity;
  readonly shape: LeafShape;
  readonly readers: Readers;
  readonly origin: LeafOrigin;
}

/**
 * The label of what a memory gave back, by what is known of how it came there.
 * INVARIANT: it is never better than either: a tool that is trusted vouches for nothing that somebody else made it keep.
 */
export function worseLabel(own: Label, kept: MemoryLabel | undefined, memory: string): Label {
  if (kept === undefined) return own;
  const isWorse = INTEGRITIES.indexOf(kept.integrity) > INTEGRITIES.indexOf(own.integrity);
  const { tool } = own.origin;
  return {
    integrity: isWorse ? kept.integrity : own.integrity,
    // Whoever may write free text may put anything where it is read as a field.
    shape: own.shape === 'free' || kept.shape === 'free' ? 'free' : 'atom',
    readers: own.readers === 'session' || kept.readers === 'session' ? 'session' : 'public',
    origin: { ...(tool !== undefined && { tool }), ...kept.origin, memory },
  };
}
