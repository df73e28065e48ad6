import { describe, expect, it } from 'vitest';
import { MAX_MESSAGE_CHARS } from './cedar.ts';
import { type LoadOptions, loadPolicySets, MAX_POLICIES, MAX_SOURCE_CHARS } from './load.ts';
import { describeProblem } from './problem.ts';

const PERMIT = 'permit (principal, action, resource);';
const FORBID = '@effect("flag") forbid (principal, action, resource);';

function problemsOf(sets: { access?: string; guard?: string }, options: LoadOptions = {}): readonly string[] {
  const result = loadPolicySets(
    {
      access: [{ name: 'a.cedar', text: sets.access ?? PERMIT }],
      guard: [{ name: 'g.cedar', text: sets.guard ?? FORBID }],
    },
    options,
  );
  return result.ok ? [] : result.problems.map(describeProblem);
}

function hashOf(guard: readonly { name: string; text: string }[], options: LoadOptions = {}): string {
  const result = loadPolicySets({ access: [], guard }, options);
  return result.ok ? result.engine.policySet : 'not loaded';
}

describe('loadPolicySets()', () => {
  it('gives syntax errors their place in the file, behind other policies and characters of several bytes', () => {
    expect(
      problemsOf({
        guard: `// é😀\n${FORBID}\n@effect("flag") forbid (principal, action, resource) when { "😀" > > 1 };`,
      }),
    ).toEqual([expect.stringMatching(/^guard\/g\.cedar:3:68 syntax: unexpected token `>`, expected/)]);
  });

  it('gives validation errors their place, once for all actions', () => {
    expect(
      problemsOf({
        guard: '@effect("flag")\nforbid (principal, action, resource)\nwhen { context.risk.secretz > 1 };',
      }),
    ).toEqual([expect.stringMatching(/^guard\/g\.cedar:3:8 validation: attribute `risk.secretz` .*not found/)]);
  });

  it('keeps the actions of one set out of the other', () => {
    expect(problemsOf({ access: 'permit (principal, action == Action::"input", resource);' })).toEqual([
      expect.stringMatching(/^access\/a\.cedar:1:\d+ validation: unrecognized action/),
    ]);
  });

  it.each([
    [
      'an unknown effect',
      '@effect("warn") forbid (principal, action, resource);',
      'g.cedar:1:1 effect: unknown effect `warn`',
    ],
    [
      'a missing effect',
      '\n forbid (principal, action, resource);',
      'g.cedar:2:2 effect: a guard policy says what it does',
    ],
    [
      'the effect allow',
      '@effect("allow") forbid (principal, action, resource);',
      'g.cedar:1:1 effect: unknown effect `allow`',
    ],
    ['a permit', `@effect("flag") ${PERMIT}`, 'g.cedar:1:17 permit-in-guard: guard policies only forbid'],
    ['an unknown mode', `@mode("dry") ${FORBID}`, 'g.cedar:1:1 annotation: unknown mode `dry`'],
    ['an unknown annotation', `@mod("monitor") ${FORBID}`, 'g.cedar:1:1 annotation: unknown annotation `@mod`'],
    ['an annotation without a value', `@mode ${FORBID}`, 'g.cedar:1:1 annotation: `@mode` needs a value'],
    [
      'redact without targets',
      '@effect("redact") forbid (principal, action, resource);',
      'g.cedar:1:1 redact-target: `@effect("redact")` needs',
    ],
    ['targets without redact', `@redact("secrets") ${FORBID}`, 'g.cedar:1:1 redact-target: `@redact` goes with'],
    [
      'an unknown category',
      '@effect("redact")\n@redact("secret") forbid (principal, action, resource);',
      'g.cedar:2:1 redact-target: `secret` is neither',
    ],
    [
      'an unknown spotlight',
      '@effect("flag")\n@spotlight("encode") forbid (principal, action, resource);',
      'g.cedar:2:1 spotlight: unknown spotlight `encode`, known is `datamark`',
    ],
    [
      'a spotlight on what is stopped',
      '@effect("block")\n@spotlight("datamark") forbid (principal, action, resource);',
      'g.cedar:2:1 spotlight: `@spotlight` goes with',
    ],
    [
      'a spotlight elsewhere than on results of tools',
      '@effect("flag")\n@spotlight("datamark") forbid (principal, action == Action::"input", resource);',
      'g.cedar:2:1 spotlight: `@spotlight` is for the action `tool-result`',
    ],
    [
      'a capture of another form',
      '@effect("flag")\n@capture("all") forbid (principal, action, resource);',
      'g.cedar:2:1 capture: `@capture` is `raw` or `redacted`',
    ],
    [
      'a capture for an effect that is none',
      '@effect("flag")\n@capture("raw: blocked") forbid (principal, action, resource);',
      'g.cedar:2:1 capture: `@capture` is',
    ],
    [
      'a vault of another kind',
      '@effect("redact") @redact("secrets")\n@vault("yes") forbid (principal, action, resource);',
      'g.cedar:2:1 vault: unknown vault `yes`, known is `keep`',
    ],
    [
      'a vault where nothing is redacted',
      '@effect("flag")\n@vault("keep") forbid (principal, action, resource);',
      'g.cedar:2:1 vault: `@vault` goes with',
    ],
    ['an id that cannot go into a header', `@id("a b") ${FORBID}`, 'g.cedar:1:1 policy-id: an id has'],
    [
      'two policies of one id',
      `@id("x") ${FORBID}\n@id("x") ${FORBID}`,
      'g.cedar:2:26 policy-id: the id `x` is taken by guard/g.cedar:1',
    ],
    [
      'a test that is always true',
      '@effect("flag") forbid (principal, action, resource) when { true && context.found has email };',
      'g.cedar:1:17 always-true: `context.found has email`',
    ],
    [
      'a test that is always true, by path',
      '@effect("flag") forbid (principal, action, resource) when { context has risk.secrets };',
      'g.cedar:1:17 always-true: `context.risk has secrets`',
    ],
    [
      'a template',
      '@effect("flag") forbid (principal == ?principal, action, resource);',
      'g.cedar:1:38 syntax: expected a static policy',
    ],
  ])('refuses %s in guard', (_, guard, expected) => {
    expect(problemsOf({ guard }, { findingTypes: ['email'] })).toContainEqual(
      expect.stringContaining(`guard/${expected}`),
    );
  });

  it('refuses an effect in access', () => {
    expect(problemsOf({ access: `@effect("block") ${PERMIT}` })).toEqual([
      'access/a.cedar:1:1 effect: `@effect` belongs to guard policies, access policies permit or forbid',
    ]);
  });

  it('refuses an id that the other set has', () => {
    expect(problemsOf({ access: `@id("x") ${PERMIT}`, guard: `@id("x") ${FORBID}` })).toEqual([
      'guard/g.cedar:1:26 policy-id: the id `x` is taken by access/a.cedar:1',
    ]);
  });

  it('bounds the length of a message', () => {
    const result = loadPolicySets({
      access: [{ name: 'a.cedar', text: `permit (principal is ${'A'.repeat(10_000)}, action, resource);` }],
      guard: [],
    });
    expect(result.ok ? [] : result.problems.map(({ message }) => message.length)).toEqual([MAX_MESSAGE_CHARS]);
  });

  it('lists all problems of all files at once', () => {
    expect(problemsOf({ access: 'permit (', guard: 'forbid (principal, action, resource);' })).toHaveLength(2);
  });

  it('knows the types of findings that it was given, and no others', () => {
    const guard =
      '@effect("redact") @redact("type:email") forbid (principal, action, resource) when { context.found.email > 0 };';
    expect(problemsOf({ guard }, { findingTypes: ['email'] })).toEqual([]);
    expect(problemsOf({ guard }, { findingTypes: ['phone'] })).toEqual([
      expect.stringContaining('redact-target: `type:email`'),
    ]);
    expect(
      problemsOf(
        { guard: '@effect("flag") forbid (principal, action, resource) when { context.found.emali > 0 };' },
        { findingTypes: ['email'] },
      ),
    ).toEqual([expect.stringMatching(/^guard\/g\.cedar:1:61 validation: .*`email`/)]);
  });

  it('refuses types of findings that are no names', () => {
    expect(problemsOf({}, { findingTypes: ['ok', 'Not ok', ''] })).toHaveLength(2);
  });

  it('bounds the length of a file and the number of policies', () => {
    const comment = (length: number) => `//${'x'.repeat(length - FORBID.length - 3)}\n${FORBID}`;
    expect(problemsOf({ guard: comment(MAX_SOURCE_CHARS) })).toEqual([]);
    expect(problemsOf({ guard: comment(MAX_SOURCE_CHARS + 1) })).toEqual([expect.stringContaining('too-large')]);
    expect(problemsOf({ guard: `${FORBID}\n`.repeat(MAX_POLICIES) })).toEqual([
      expect.stringContaining(`more than ${MAX_POLICIES}`),
    ]);
  });

  it('refuses file names that ids and logs cannot carry, and the same name twice', () => {
    const sources = ['a b.cedar', '.hidden.cedar', 'x.cedar', 'x.cedar'].map((name) => ({ name, text: FORBID }));
    const result = loadPolicySets({ access: [], guard: sources });
    expect(result.ok ? [] : result.problems.map(({ code, file }) => `${code} ${file}`)).toEqual([
      'file-name guard/a b.cedar',
      'file-name guard/.hidden.cedar',
      'file-name guard/x.cedar',
    ]);
  });

  it('warns of empty sets and of policies that can never hold', () => {
    const result = loadPolicySets({
      access: [],
      guard: [{ name: 'g.cedar', text: '@effect("flag") forbid (principal in Provider::"x", action, resource);' }],
    });
    expect(result.ok && result.warnings.map(({ code, file, line }) => `${code} ${file} ${line}`)).toEqual([
      'empty-set access 1',
      'validation guard/g.cedar 1',
    ]);
  });

  it('names policies by file and place when they name themselves not', () => {
    const result = loadPolicySets({
      access: [],
      guard: [{ name: '10-x.cedar', text: `${FORBID} @id("mine") ${FORBID} ${FORBID}` }],
    });
    expect(result.ok && result.engine.policies.map(({ id }) => id)).toEqual(['guard/10-x#1', 'mine', 'guard/10-x#3']);
  });

  it('hashes texts, names and schema, but neither the order of files nor line ends', () => {
    const [a, b] = [
      { name: 'a.cedar', text: `${FORBID}\n` },
      { name: 'b.cedar', text: `// b\n${FORBID}` },
    ] as const;
    const hash = hashOf([a, b]);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf([b, { ...a, text: `${FORBID}\r\n` }])).toBe(hash);
    expect(hashOf([a, { ...b, name: 'c.cedar' }])).not.toBe(hash);
    expect(hashOf([a, { ...b, text: `// c\n${FORBID}` }])).not.toBe(hash);
    expect(hashOf([a, b], { findingTypes: ['email'] })).not.toBe(hash);
  });
});
