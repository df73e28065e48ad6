import { describe, expect, it } from 'vitest';
import { closed, decision, found, opened, START_MS } from '../testing/traffic.ts';
import { foundIn, OPEN_EXCHANGES_MAX, OpenExchanges } from './open-exchanges.ts';

describe('OpenExchanges', () => {
  it('joins the end of an exchange with its beginning, once', () => {
    const open = new OpenExchanges();
    const exchange = 'a';
    open.begin(opened(START_MS, { exchange, redacted: { email: 1 }, decisions: [found('injection', 'x')] }));
    expect(open.end(closed(START_MS + 1, { exchange }))).toEqual({
      found: new Set(['injection']),
      redacted: { email: 1 },
    });
    expect(open.end(closed(START_MS + 2, { exchange }))).toBeUndefined();
  });

  it('remembers at least half of its bound of those that did not end, and forgets what is beyond it', () => {
    const open = new OpenExchanges();
    for (let number = 0; number <= OPEN_EXCHANGES_MAX; number += 1)
      open.begin(opened(START_MS, { exchange: `x${number}` }));
    const known = (number: number) => open.end(closed(START_MS, { exchange: `x${number}` })) !== undefined;
    expect([known(0), known(OPEN_EXCHANGES_MAX / 2 + 1), known(OPEN_EXCHANGES_MAX)]).toEqual([false, true, true]);
  });
});

describe('foundIn()', () => {
  it('knows categories of findings that a list which was cut does not name', () => {
    const listed = found('injection', 'x');
    if (listed.kind === 'access') throw new Error('a decision on a text is no access');
    const risk = { secrets: 900, content: 0 } as never;
    const context = { ...listed.question.context, folded: { risk, found: {} } };
    const cut = { ...listed, question: { ...listed.question, context } };
    expect([...foundIn([cut])]).toEqual(['injection', 'secrets']);
  });

  it('finds nothing in access, and in no decision', () => {
    const question = { action: 'use-model', context: { route: 'r', protocol: 'p' } } as const;
    expect(foundIn([{ kind: 'access', question, decision: decision('block') }]).size).toBe(0);
    expect(foundIn([]).size).toBe(0);
  });
});
