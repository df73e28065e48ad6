import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ApprovalSubject, approvalKey } from './approval-key.ts';

const SUBJECT: ApprovalSubject = {
  tenant: 'acme',
  principal: 'agent:crm',
  call: { tool: 'send_money', arguments: '{"to": "X", "amount": 1}' },
  policySet: 'e502341e',
};
const withArguments = (given: string) => approvalKey({ ...SUBJECT, call: { ...SUBJECT.call, arguments: given } });

describe('approvalKey()', () => {
  it('is the same for the same arguments, however they are written', () => {
    expect(withArguments('{"amount":1.0,"to":"\\u0058"}')).toBe(approvalKey(SUBJECT));
    expect(approvalKey({ ...SUBJECT, call: { ...SUBJECT.call, id: 'call_7' } })).toBe(approvalKey(SUBJECT));
  });

  it.each([
    ['tenant', { tenant: 'other' }],
    ['principal', { principal: 'agent:other' }],
    ['policy set', { policySet: 'f' }],
    ['tool', { call: { ...SUBJECT.call, tool: 'send_mone' } }],
    ['argument', { call: { ...SUBJECT.call, arguments: '{"to": "X", "amount": 2}' } }],
    ['further argument', { call: { ...SUBJECT.call, arguments: '{"to": "X", "amount": 1, "cc": null}' } }],
  ])('is another for another %s', (_what, change) => {
    expect(approvalKey({ ...SUBJECT, ...change })).not.toBe(approvalKey(SUBJECT));
  });

  it('takes arguments that are no JSON as they stand, and for no JSON value', () => {
    expect(withArguments('{broken')).not.toBe(withArguments('{broken '));
    expect(withArguments('x')).not.toBe(withArguments('"x"'));
  });

  it('is never the same for two different texts in one place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(withArguments(JSON.stringify({ to: a })) === withArguments(JSON.stringify({ to: b }))).toBe(a === b);
      }),
    );
  });
});
