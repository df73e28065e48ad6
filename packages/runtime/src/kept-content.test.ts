import type { LedgerEntry } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { ExchangeRig, PRINCIPAL, type RigOptions } from './testing/exchange-rig.ts';
import { wire as gemini } from './testing/wires/gemini.ts';
import { wire as chat } from './testing/wires/openai-chat.ts';

const JSON_TYPE = 'application/json';
const CACHED = 'cachedContents/0123456789ab';
const THEIRS: LedgerEntry = {
  id: CACHED,
  tenant: PRINCIPAL.tenant,
  principal: { kind: PRINCIPAL.kind, id: 'somebody-else' },
  protocol: 'gemini',
  route: 'all',
  provider: 'played',
  model: 'm',
  placed: [],
  at: '2026-01-01T00:00:00.000Z',
};

const WIRES = [
  ['Gemini', gemini, { cachedContent: CACHED }],
  ['Gemini, as its definition spells it', gemini, { cached_content: CACHED }],
  ['chat at Google', chat, { extra_body: { google: { cached_content: CACHED } } }],
] as const;

describe.each(WIRES)('contents that the provider keeps, named in %s', (_, wire, named) => {
  const endpoint = wire.endpoint(false);
  const body = JSON.stringify({ ...JSON.parse(wire.request('hi', false)), ...named });
  const ask = (options: RigOptions, ledger: readonly LedgerEntry[] = []) => {
    const rig = new ExchangeRig({ ...options, adapter: wire.adapter });
    rig.house.ledger.put(ledger);
    return rig.exchange({ endpoint, body, answer: [Buffer.from(wire.answer('x'))], contentType: JSON_TYPE });
  };

  it('are refused as unknown, in the form of the protocol', async () => {
    const { head, text, sent, records } = await ask({});
    expect(head?.status).toBe(404);
    expect(sent).toEqual([]);
    expect(JSON.parse(text)).toHaveProperty('error.message');
    expect(records.at(-1)).toMatchObject({ outcome: 'rejected', fault: 'UNKNOWN_CONTINUATION' });
  });

  it('pass on a route that is open, with a receipt that names them as unseen', async () => {
    const { head, sent } = await ask({ continuation: 'open' });
    expect(head?.status).toBe(200);
    expect(sent).toEqual([body]);
    expect(head?.headers['x-sallyport-receipt']).toContain('history=1');
  });

  it("are nobody else's, on an open route either", async () => {
    const { head, sent } = await ask({ continuation: 'open' }, [{ ...THEIRS, protocol: wire.adapter.id }]);
    expect(head?.status).toBe(404);
    expect(sent).toEqual([]);
  });
});

describe('a refusal of contents that Gemini keeps', () => {
  it('says so as Google does', async () => {
    const body = JSON.stringify({ contents: [], cachedContent: CACHED });
    const { text } = await new ExchangeRig({ adapter: gemini.adapter }).exchange({
      endpoint: gemini.endpoint(false),
      body,
      answer: [],
    });
    expect(JSON.parse(text)).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } });
  });
});
