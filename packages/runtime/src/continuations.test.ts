import type { LedgerEntry, Principal } from '@sallyport/core';
import { openaiResponses } from '@sallyport/protocols';
import { describe, expect, it } from 'vitest';
import { cut } from './testing/chat-wire.ts';
import { ExchangeRig, PRINCIPAL, type RigOptions } from './testing/exchange-rig.ts';
import { wire } from './testing/wires/openai-responses.ts';

const rigOf = (options: RigOptions = {}) => new ExchangeRig({ ...options, adapter: openaiResponses });
const JSON_TYPE = 'application/json';
const create = (fields: object) => JSON.stringify({ model: 'm', input: 'hi', ...fields });
const answer = (text: string) => [Buffer.from(wire.answer(text))];
const endpoint = wire.endpoint(false);
const stranger: Principal = { ...PRINCIPAL, id: 'somebody-else' };
const foreigner: Principal = { ...PRINCIPAL, tenant: 'another' };

const BLANK: LedgerEntry = {
  id: '',
  tenant: PRINCIPAL.tenant,
  principal: { kind: PRINCIPAL.kind, id: PRINCIPAL.id },
  protocol: 'openai-responses',
  route: 'all',
  provider: 'played',
  model: 'm',
  placed: [],
  at: '2026-01-01T00:00:00.000Z',
};
const MESSAGE = { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'hello' }] };
const CALL = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: '{}' };
const entryOf = (rig: ExchangeRig) => rig.house.ledger.get('resp_1') ?? BLANK;

/** An endpoint as the data plane finds it. */
function at(method: string, path: string) {
  const found = openaiResponses.match({ method, path, query: '', headers: {} });
  if (found?.kind !== 'exchange') throw new RangeError(path);
  return found;
}

async function kept(rig: ExchangeRig, input = 'hi', said = 'hello') {
  await rig.exchange({ endpoint, body: create({ input }), answer: answer(said), contentType: JSON_TYPE });
}

describe('a request that goes on with what the provider keeps', () => {
  it('goes to it, for the one whose it is', async () => {
    const rig = rigOf();
    await kept(rig);
    const body = create({ previous_response_id: 'resp_1' });
    const seen = await rig.exchange({ endpoint, body, answer: answer('again'), contentType: JSON_TYPE });
    expect(seen.head?.status).toBe(200);
    expect(seen.sent).toEqual([body]);
    expect(rig.house.ledger.get('msg_1')).toMatchObject({
      principal: { id: 'test' },
      provider: 'played',
      route: 'all',
    });
  });

  it.each([
    ['a stranger of the same tenant', stranger],
    ['another tenant', foreigner],
  ])('is refused to %s exactly as an id that never was', async (_name, principal) => {
    const rig = rigOf({ continuation: 'open' });
    await kept(rig);
    const ask = (id: string) =>
      rig.exchange({
        endpoint: at('GET', `/v1/responses/${id}`),
        principal,
        body: '',
        answer: answer('x'),
        contentType: JSON_TYPE,
      });
    const [theirs, never] = [await ask('resp_1'), await ask('resp_9')];
    expect(theirs.sent).toEqual([]);
    expect(theirs.head?.status).toBe(404);
    const plain = (text: string) => text.replaceAll(/exchange x\d+/g, 'exchange');
    expect(plain(theirs.text)).toBe(plain(never.text));
    expect(theirs.records.at(-1)).toMatchObject({ outcome: 'rejected', fault: 'UNKNOWN_CONTINUATION' });
  });

  it.each([
    { previous_response_id: 'resp_1' },
    { conversation: 'resp_1' },
    { conversation: { id: 'resp_1' } },
    { input: [{ type: 'item_reference', id: 'msg_1' }] },
    { input: [{ id: 'msg_1' }] },
    { input: [MESSAGE] },
    { input: [{ ...CALL, id: 'msg_1' }] },
    { input: [{ type: 'reasoning', id: 'msg_1', summary: [], encrypted_content: 'gAAA' }] },
    { input: [{ type: 'mcp_approval_response', approval_request_id: 'msg_1', approve: true }] },
    { input: [{ type: 'code_interpreter_call', id: 'ci_9', container_id: 'msg_1', code: 'x', outputs: null }] },
    { tools: [{ type: 'code_interpreter', container: 'msg_1' }] },
    { tools: [{ type: 'shell', environment: { type: 'container_reference', container_id: 'msg_1' } }] },
    { input: [{ type: 'additional_tools', tools: [{ type: 'code_interpreter', container: 'msg_1' }] }] },
  ])("cannot refer to what is another one's, however it says so: %j", async (fields) => {
    const rig = rigOf({ continuation: 'open' });
    await kept(rig);
    const ask = (principal: Principal) =>
      rig.exchange({ endpoint, principal, body: create(fields), answer: answer('x'), contentType: JSON_TYPE });
    expect((await ask(PRINCIPAL)).head?.status).toBe(200);
    for (const other of [stranger, foreigner]) {
      const seen = await ask(other);
      expect(seen.head?.status).toBe(404);
      expect(seen.sent).toEqual([]);
    }
  });

  it.each([
    { input: [{ type: 'item_reference', id: 'msg_of_old' }] },
    { input: [{ type: 'reasoning', id: 'rs_of_old', summary: [] }] },
    { input: [{ type: 'mcp_approval_response', approval_request_id: 'mcpr_of_old', approve: true }] },
    { tools: [{ type: 'code_interpreter', container: 'cntr_of_old' }] },
  ])('is refused when nobody here knows what it stands for, unless the route is open: %j', async (fields) => {
    const ask = (rig: ExchangeRig) =>
      rig.exchange({ endpoint, body: create(fields), answer: answer('x'), contentType: JSON_TYPE });
    const closed = await ask(rigOf());
    expect(closed.head?.status).toBe(404);
    expect(closed.sent).toEqual([]);
    const open = await ask(rigOf({ continuation: 'open' }));
    expect(open.head?.headers['x-sallyport-receipt']).toContain('unseen history=1');
  });

  it('may say again in full what nobody here knows: all of it is inspected', async () => {
    const rig = rigOf();
    const input = [
      {
        ...MESSAGE,
        id: 'msg_of_old',
        content: [{ type: 'output_text', text: 'mail ann@example.com', annotations: [] }],
      },
      { ...CALL, id: 'fc_of_old' },
      { type: 'function_call_output', call_id: 'call_1', output: 'two hits' },
    ];
    const seen = await rig.exchange({ endpoint, body: create({ input }), answer: answer('x'), contentType: JSON_TYPE });
    expect(seen.head?.status).toBe(200);
    expect(seen.sent[0]).toContain('mail [EMAIL_1]');
  });

  it('may go on in a container that an answer named, whether or not that answer was kept', async () => {
    const rig = rigOf();
    const call = { type: 'code_interpreter_call', id: 'ci_1', code: 'x', container_id: 'cntr_1', outputs: null };
    const said = JSON.stringify({ ...JSON.parse(wire.answer('x')), output: [call] });
    const first = create({ store: false });
    await rig.exchange({ endpoint, body: first, answer: [Buffer.from(said)], contentType: JSON_TYPE });
    expect(rig.house.ledger.get('ci_1')).toBeUndefined();
    const body = create({ tools: [{ type: 'code_interpreter', container: 'cntr_1' }] });
    const ask = (principal: Principal) =>
      rig.exchange({ endpoint, principal, body, answer: answer('x'), contentType: JSON_TYPE });
    expect((await ask(PRINCIPAL)).sent).toEqual([body]);
    expect((await ask(stranger)).head?.status).toBe(404);
  });

  it('is refused when nobody here knows the id, unless the route is open: then the receipt names the history as unseen', async () => {
    const body = create({ previous_response_id: 'resp_of_old' });
    const closed = await rigOf().exchange({ endpoint, body, answer: answer('x'), contentType: JSON_TYPE });
    expect(closed.head?.status).toBe(404);
    expect(closed.sent).toEqual([]);
    const open = await rigOf({ continuation: 'open' }).exchange({
      endpoint,
      body,
      answer: answer('x'),
      contentType: JSON_TYPE,
    });
    expect(open.head?.status).toBe(200);
    expect(open.head?.headers['x-sallyport-receipt']).toContain('unseen history=1');
  });

  it('keeps nothing of what was not to be stored, and nothing of what was refused', async () => {
    const rig = rigOf();
    await rig.exchange({ endpoint, body: create({ store: false }), answer: answer('x'), contentType: JSON_TYPE });
    expect(rig.house.ledger.get('resp_1')).toBeUndefined();
    const link = `![x](https://evil.example/?q=${'a'.repeat(300)}) `;
    const bounded = rigOf({ hold: { textChars: 64 } });
    const stream = cut(wire.stream(['Look ', ...(link.match(/.{1,20}/g) ?? [])]), [200]);
    const seen = await bounded.exchange({
      endpoint: wire.endpoint(true),
      body: create({ stream: true }),
      answer: stream,
    });
    expect(seen.records.at(-1)).toMatchObject({ outcome: 'refused' });
    expect(bounded.house.ledger.get('resp_1')).toBeUndefined();
  });

  it('never lets one placeholder name two values of a conversation', async () => {
    const rig = rigOf();
    await kept(rig, 'mail ann@example.com', 'done');
    const input = 'now mail bob@example.org, and ann@example.com once more';
    const body = create({ input, previous_response_id: 'resp_1' });
    const said = 'To [EMAIL_1] and [EMAIL_2].';
    const seen = await rig.exchange({ endpoint, body, answer: answer(said), contentType: JSON_TYPE });
    expect(JSON.parse(seen.sent[0] ?? '').input).toBe('now mail [EMAIL_2], and [EMAIL_1] once more');
    expect(wire.textIn(seen.bytes, false)).toBe('To ann@example.com and bob@example.org.');
    const third = create({ input: 'and again', previous_response_id: 'resp_1' });
    const last = await rig.exchange({
      endpoint,
      body: third,
      answer: answer('[EMAIL_1], c@example.net'),
      contentType: JSON_TYPE,
    });
    expect(wire.textIn(last.bytes, false)).toBe('[EMAIL_1], [EMAIL_3]');
  });

  it("cannot put into a conversation what is another one's", async () => {
    const rig = rigOf();
    await kept(rig);
    rig.house.ledger.put([{ ...entryOf(rig), id: 'conv_1', principal: { kind: 'service', id: stranger.id } }]);
    const ask = (item: object) =>
      rig.exchange({
        endpoint: at('POST', '/v1/conversations/conv_1/items'),
        principal: stranger,
        body: JSON.stringify({ items: [item] }),
        answer: answer('x'),
        contentType: JSON_TYPE,
      });
    expect((await ask({ role: 'user', content: 'hi' })).head?.status).toBe(200);
    for (const item of [{ type: 'item_reference', id: 'msg_1' }, { id: 'msg_1' }, { type: 'reasoning', id: 'msg_1' }]) {
      expect((await ask(item)).head?.status).toBe(404);
    }
  });

  it('keeps a conversation in which one answer was refused', async () => {
    const rig = rigOf({ hold: { textChars: 64 } });
    rig.house.ledger.put([{ ...BLANK, id: 'conv_1' }]);
    const link = `![x](https://evil.example/?q=${'a'.repeat(300)}) `;
    const answered = cut(wire.stream(['Look ', ...(link.match(/.{1,20}/g) ?? [])]), [200]);
    const body = create({ stream: true, conversation: 'conv_1' });
    const seen = await rig.exchange({ endpoint: wire.endpoint(true), body, answer: answered });
    expect(seen.records.at(-1)).toMatchObject({ outcome: 'refused' });
    expect(rig.house.ledger.get('resp_1')).toBeUndefined();
    expect(rig.house.ledger.get('conv_1')).toBeDefined();
    expect(JSON.stringify(seen.records)).not.toContain('"stored"');
  });

  it('is read from its start when a stream is taken up again', () => {
    const query = '?stream=true&starting_after=7';
    const found = openaiResponses.match({ method: 'GET', path: '/v1/responses/resp_1', query, headers: {} });
    expect(found).toMatchObject({ upstreamPath: '/responses/resp_1?stream=true', stream: true });
  });

  it('looks at what it is given later as at any answer', async () => {
    const rig = rigOf();
    await kept(rig);
    const seen = await rig.exchange({
      endpoint: at('GET', '/v1/responses/resp_1'),
      body: '',
      answer: answer('The card is 4111 1111 1111 1111.'),
      contentType: JSON_TYPE,
    });
    expect(wire.textIn(seen.bytes, false)).toBe('The card is [PAYMENT_CARD_1].');
    expect(seen.records[0]).toMatchObject({ kind: 'opened', request: { model: 'm', route: 'all' } });
  });

  it('holds no text in what it keeps', async () => {
    const rig = rigOf();
    await kept(rig, 'planted ann@example.com', 'planted words');
    expect(JSON.stringify(rig.house.ledger.get('resp_1'))).not.toMatch(/planted|ann@/);
  });
});
