import { describe, expect, it } from 'vitest';
import type { Principal } from './decision.ts';
import { isSameOwner, ownerName, ownerOf, ownerParts } from './owner.ts';

const agent: Principal = { kind: 'agent', id: 'planner', tenant: 'acme', groups: ['agents'] };
const forUser = (id: string, tenant = 'acme'): Principal => ({
  ...agent,
  onBehalfOf: { id, tenant, groups: ['staff'] },
});

const OWNERS = [
  agent,
  forUser('ann'),
  forUser('bo'),
  forUser('ann', 'other'),
  { ...agent, tenant: 'other' },
  { ...agent, id: 'writer' },
  { ...agent, kind: 'user' } as const,
].map(ownerOf);

describe('isSameOwner()', () => {
  it('takes an agent for two users, and for itself, for different owners', () => {
    for (const [a, one] of OWNERS.entries()) {
      for (const [b, other] of OWNERS.entries()) expect(isSameOwner(one, other)).toBe(a === b);
    }
  });

  it('does not look at groups: they change, and what somebody owns stays', () => {
    expect(isSameOwner(ownerOf({ ...agent, groups: [] }), ownerOf(agent))).toBe(true);
  });
});

describe('ownerParts()', () => {
  it('is different for each owner, and what it was before there were users to act for', () => {
    expect(new Set(OWNERS.map((owner) => JSON.stringify(ownerParts(owner)))).size).toBe(OWNERS.length);
    expect(ownerParts(ownerOf(agent))).toEqual(['acme', 'agent', 'planner']);
  });
});

describe('ownerName()', () => {
  it('names the user too', () => {
    expect(ownerName(ownerOf(agent))).toBe('agent/planner');
    expect(ownerName(ownerOf(forUser('ann')))).toBe('agent/planner for user/ann');
  });
});
