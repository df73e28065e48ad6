import { isFault, type KeyedSlice, ownerOf, type Principal } from '@sallyport/core';
import { openaiChat, openaiResponses } from '@sallyport/protocols';
import { describe, expect, it } from 'vitest';
import { ADMIN, approvalDesk } from './testing/approval-desk.ts';
import { ENDPOINT, ExchangeRig } from './testing/exchange-rig.ts';
import { playedTools } from './testing/played-tools.ts';
import { wire } from './testing/wires/openai-responses.ts';

const AGENT: Principal = { kind: 'agent', id: 'planner', tenant: 'acme', groups: [] };
const forUser = (id: string, tenant = 'acme'): Principal => ({ ...AGENT, onBehalfOf: { id, tenant, groups: [] } });
const FOR_ANN = forUser('ann');
const OTHERS: readonly (readonly [string, Principal])[] = [
  ['the same agent for another user', forUser('bo')],
  ['the same agent for a user of that name elsewhere', forUser('ann', 'other')],
  ['the same agent for itself', AGENT],
  ['the user without the agent', { kind: 'user', id: 'ann', tenant: 'acme', groups: [] }],
  ['another agent for the same user', { ...FOR_ANN, id: 'writer' }],
];

describe.each(OTHERS)('what an agent came to for one user, and %s', (_who, other) => {
  it('an answer that the provider keeps is not gone on with', async () => {
    const rig = new ExchangeRig({ adapter: openaiResponses, continuation: 'open' });
    const endpoint = wire.endpoint(false);
    const ask = (principal: Principal, fields: object) =>
      rig.exchange({
        endpoint,
        principal,
        body: JSON.stringify({ model: 'm', input: 'hi', ...fields }),
        answer: [Buffer.from(wire.answer('hello'))],
        contentType: 'application/json',
      });
    await ask(FOR_ANN, {});
    const refused = await ask(other, { previous_response_id: 'resp_1' });
    expect(refused.head?.status).toBe(404);
    expect(refused.sent).toEqual([]);
    const known = await ask(FOR_ANN, { previous_response_id: 'resp_1' });
    expect(known.head?.status).toBe(200);
    expect(rig.house.ledger.get('resp_1')?.principal).toEqual({
      kind: 'agent',
      id: 'planner',
      user: { tenant: 'acme', id: 'ann' },
    });
  });

  it('its session is another one, whatever the client calls it', async () => {
    const rig = new ExchangeRig();
    const ask = async (principal: Principal) => {
      const seen = await rig.exchange({
        principal,
        annotations: { documents: new Set(), session: 'chat-1' },
        body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
        answer: [Buffer.from('{"choices":[]}')],
        contentType: 'application/json',
      });
      const record = seen.records.at(-1);
      return record !== undefined && 'session' in record ? record.session?.id : undefined;
    };
    const first = await ask(FOR_ANN);
    expect(first).toBeDefined();
    expect(await ask(other)).not.toBe(first);
    expect(await ask(FOR_ANN)).toBe(first);
  });

  it('a yes of a human is not its', async () => {
    const { office } = approvalDesk();
    const ask = (principal: Principal) =>
      office.ask({
        exchange: 'x1',
        route: 'all',
        protocol: 'openai-chat',
        principal,
        tool: 'send_money',
        arguments: '{}',
        toolGroups: [],
        provenance: [],
        policies: [],
        policySet: 'p',
      });
    const asked = ask(FOR_ANN);
    const id = 'id' in asked ? asked.id : '';
    await office.decide(id, { granted: true, by: ADMIN, via: 'admin-api', reason: '' });
    expect(ask(other).status).toBe('pending');
    expect(ask(FOR_ANN)).toEqual({ status: 'granted', id });
  });

  it('its tools are pinned on their own', () => {
    const { office } = playedTools();
    const vet = (principal: Principal, description: string) => {
      const { tenant, ...whose } = ownerOf(principal);
      const owner = { tenant, principal: whose, route: 'all', protocol: 'openai-chat' };
      return office.vet({ owner, exchange: 'x1' }, slicesOf(description)).findings.flat().length;
    };
    expect(vet(FOR_ANN, 'sends mail')).toBe(0);
    expect(vet(other, 'sends mail to us too')).toBe(0);
    expect(vet(FOR_ANN, 'sends mail to us too')).toBe(1);
  });
});

/** The slices of a request with one tool. */
function slicesOf(description: string): readonly KeyedSlice[] {
  const tools = [{ type: 'function', function: { name: 'send_mail', description } }];
  const body = Buffer.from(JSON.stringify({ model: 'm', messages: [], tools }));
  const limits = { maxBodyBytes: 1_000_000, maxDepth: 64, maxNodes: 200_000 };
  const parsed = openaiChat.request(body, ENDPOINT, limits);
  if (isFault(parsed)) throw new RangeError(parsed.fault);
  return parsed.slices.filter(({ kind }) => kind === 'tool-definition').map((slice) => ({ key: description, slice }));
}
