import { INTEGRITIES, type MemoryLabel } from './flow-facts.ts';

/**
 * What two labels of one text come to: never better than either. Of equally bad ones the first tells where it stood; whoever may write
 * free text may put anything where it is read as a field. The same object where the other changes nothing.
 */
export function worseLabel(one: MemoryLabel, other: MemoryLabel): MemoryLabel {
  const isWorse = INTEGRITIES.indexOf(other.integrity) > INTEGRITIES.indexOf(one.integrity);
  const shape = other.shape === 'free' ? 'free' : one.shape;
  const readers = other.readers === 'session' ? 'session' : one.readers;
  if (!isWorse && shape === one.shape && readers === one.readers) return one;
  return { ...(isWorse ? other : one), shape, readers };
}
