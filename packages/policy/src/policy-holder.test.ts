import { describe, expect, it } from 'vitest';
import { type LoadResult, loadPolicySets } from './load.ts';
import { PolicyHolder } from './policy-holder.ts';
import { probeQuestion } from './probe.ts';

type Loaded = LoadResult & { ok: true };

function load(guard: string): LoadResult {
  return loadPolicySets({
    access: [{ name: 'a.cedar', text: 'permit (principal, action, resource);' }],
    guard: [{ name: 'g.cedar', text: guard }],
  });
}

function loaded(guard: string): Loaded {
  const result = load(guard);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result;
}

const FLAG = '@effect("flag") forbid (principal, action, resource);';
const BLOCK = '@effect("block") forbid (principal, action, resource);';
const question = probeQuestion('input', 'injection');

describe('PolicyHolder', () => {
  it('puts a new set into force as a whole and says since when', () => {
    let nowMs = Date.parse('2026-01-01T00:00:00Z');
    const holder = new PolicyHolder(loaded(FLAG), () => nowMs);
    const before = holder.engine;
    expect(holder.guard(question).verdict).toBe('allow');
    nowMs += 5_000;
    const next = loaded(BLOCK);
    expect(holder.offer(next)).toEqual({
      inForce: next.engine.policySet,
      since: '2026-01-01T00:00:05.000Z',
      problems: [],
      warnings: [],
    });
    expect(holder.guard(question).verdict).toBe('block');
    expect(holder.policySet).toBe(next.engine.policySet);
    // Whoever holds the former engine finishes with it.
    expect(before.guard(question).verdict).toBe('allow');
  });

  it('keeps the last good set when the next one cannot be loaded, and says why until one can', () => {
    const holder = new PolicyHolder(loaded(BLOCK), () => 0);
    const inForce = holder.policySet;
    const status = holder.offer(load('forbid ('));
    expect(status.inForce).toBe(inForce);
    expect(status.problems.map(({ code, file }) => `${code} ${file}`)).toEqual(['syntax guard/g.cedar']);
    expect(holder.guard(question).verdict).toBe('block');
    expect(holder.offer(loaded(BLOCK)).problems).toEqual([]);
  });

  it('does not call a set new that is the one in force', () => {
    let nowMs = 0;
    const holder = new PolicyHolder(loaded(FLAG), () => nowMs);
    nowMs = 1_000;
    expect(holder.offer(loaded(FLAG)).since).toBe('1970-01-01T00:00:00.000Z');
  });

  it('answers access questions by the set in force', () => {
    const holder = new PolicyHolder(loaded(FLAG));
    const { principal, resource } = question;
    const context = { route: 'r', protocol: 'p' };
    expect(holder.access({ principal, resource, action: 'use-model', context }).verdict).toBe('allow');
  });
});
