import { describe, expect, it } from 'vitest';
import { ExchangeRig } from './testing/exchange-rig.ts';

describe('a request of many short texts', () => {
  it('is inspected whole at a cost that grows with their number, not with its square', async () => {
    const stop = Array.from({ length: 20_000 }, () => 'a');
    const body = JSON.stringify({ model: 'm', messages: [], stop });
    const { records } = await new ExchangeRig().exchange({ body, answer: [] });
    // Squared, it took half a minute.
    expect(records[0]).toMatchObject({ kind: 'opened', receipt: { segments: 20_000, inspectedChars: 20_000 } });
  });
});
