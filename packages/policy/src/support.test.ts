import { describe, expect, it } from 'vitest';
import { parsePolicy } from './cedar.ts';
import { compilePolicy } from './compile.ts';

function compileCondition(condition: string) {
  const parsed = parsePolicy(`forbid (principal, action, resource) when { ${condition} };`);
  if (!('policy' in parsed)) throw new Error(parsed.complaint.message);
  return compilePolicy(parsed.policy);
}

describe('unsupportedPart()', () => {
  it('leaves to Cedar what the compiler cannot evaluate exactly, and says what', () => {
    expect(compileCondition('ip("10.0.0.1").isLoopback()')).toEqual({ unsupported: '`isLoopback`' });
    expect(compileCondition('true && decimal("1.0") == context.d')).toEqual({ unsupported: '`decimal`' });
    expect(compileCondition('principal.hasTag("a")')).toEqual({ unsupported: '`hasTag`' });
    expect(compileCondition('context.n < 9007199254740993')).toEqual({ unsupported: 'an integer beyond 2^53' });
  });
});
