import { describe, expect, it } from 'vitest';
import { configFileSchema } from '../config/schema.ts';
import { PROVIDER_CONNECTIONS_MAX } from './open-provider.ts';

describe('PROVIDER_CONNECTIONS_MAX', () => {
  it('is as many connections as clients may have by any configuration', () => {
    const isTaken = (maxConnections: number) => configFileSchema.safeParse({ limits: { maxConnections } }).success;
    expect(isTaken(PROVIDER_CONNECTIONS_MAX)).toBe(true);
    expect(isTaken(PROVIDER_CONNECTIONS_MAX + 1)).toBe(false);
  });
});
