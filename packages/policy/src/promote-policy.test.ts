import { describe, expect, it } from 'vitest';
import { loadPolicySets } from './load.ts';
import { promotedText, promotionProblem } from './promote-policy.ts';

const TEXT = `// "monitor" in a comment, @mode("monitor") too\r
@id("first") @effect("flag") forbid (principal, action, resource)\r
when { context.risk.secrets > 0 };\r
\r
@id("second")\t@description("in \\"monitor\\" mode; still")\r
@mode ( /* no comment of Cedar's */ "monitor" )  @effect("block")\r
forbid (principal, action, resource) when { context.request.model == "monitor" };`;
const SOURCE = { name: 'g.cedar', text: TEXT.replace("/* no comment of Cedar's */ ", '') };

function loaded(text = SOURCE.text) {
  const result = loadPolicySets({ access: [], guard: [{ ...SOURCE, text }] });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.engine.loaded();
}

const named = (id: string, text?: string) => {
  const policy = loaded(text).find(({ info }) => info.id === id);
  if (policy === undefined) throw new Error('the test names a policy that is there');
  return policy;
};

describe('promotedText()', () => {
  it('changes the one word of the one policy, and no other byte', () => {
    const after = promotedText(SOURCE, named('second'));
    expect(after).toBe(SOURCE.text.replace('( "monitor" )', '( "enforce" )'));
    expect(loaded(after).map(({ info }) => [info.id, info.mode])).toEqual([
      ['first', 'enforce'],
      ['second', 'enforce'],
    ]);
  });

  it('leaves alone what has no mode to change', () => {
    expect(promotedText(SOURCE, named('first'))).toBeUndefined();
  });

  it('leaves alone a mode that is written in another way', () => {
    const text = SOURCE.text.replace('( "monitor" )', '( "m\\u{6f}nitor" )');
    expect(named('second', text).info.mode).toBe('monitor');
    expect(promotedText({ ...SOURCE, text }, named('second', text))).toBeUndefined();
  });
});

describe('promotionProblem()', () => {
  it('says why a policy cannot be promoted', () => {
    expect(promotionProblem('x', undefined)).toBe('there is no policy `x` in the folder');
    expect(promotionProblem('first', named('first'))).toBe('the policy `first` acts already');
    expect(promotionProblem('second', named('second'))).toBeUndefined();
  });
});
