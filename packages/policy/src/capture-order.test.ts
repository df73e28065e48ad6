import { EFFECTS } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { parseCaptureOrder } from './capture-order.ts';

describe('parseCaptureOrder()', () => {
  it.each([
    ['raw', { form: 'raw' }],
    [' redacted ', { form: 'redacted' }],
    ['raw: block', { form: 'raw', effects: ['block'] }],
    ['redacted:ask,  redact', { form: 'redacted', effects: ['ask', 'redact'] }],
    [`raw: ${EFFECTS.join(', ')}`, { form: 'raw', effects: [...EFFECTS] }],
  ])('reads `%s`', (annotation, order) => {
    expect(parseCaptureOrder(annotation)).toEqual(order);
  });

  it.each([
    '',
    'all',
    'raw:',
    'raw: blocked',
    'raw: block,',
    'raw: block, block',
    'raw: block: ask',
    'block',
    'raw block',
  ])('takes `%s` for none', (annotation) => {
    expect(parseCaptureOrder(annotation)).toBeUndefined();
  });
});
