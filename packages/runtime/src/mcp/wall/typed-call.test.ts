import type { DecidedRecord } from '@sallyport/core';
import { writeResult } from '@sallyport/mcp';
import { loadPolicySets } from '@sallyport/policy';
import { afterEach, describe, expect, it } from 'vitest';
import { WallRig, WallRoom } from '../../testing/wall-rig.ts';

const PAY = {
  name: 'send_money',
  description: 'Sends money.',
  inputSchema: {
    type: 'object',
    properties: { recipient: { type: 'string' }, amount: { type: 'integer' }, note: { type: 'string' } },
    required: ['recipient', 'amount'],
  },
};
const ACTION = 'mcp/bank/send_money';
const IBAN = 'DE89370400440532013000';

function engineOf(...policies: readonly string[]) {
  const loaded = loadPolicySets(
    {
      access: [{ name: 'a.cedar', text: 'permit (principal, action, resource);' }],
      guard: [{ name: 'g.cedar', text: policies.join('\n') }],
    },
    { findingTypes: ['email', 'iban'], toolSchemas: { [ACTION]: JSON.stringify(PAY.inputSchema) } },
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.engine;
}

const policy = (said: string, condition: string, action = ACTION) =>
  `${said} forbid (principal, action == Action::"${action}", resource) when { ${condition} };`;

const rigs: WallRig[] = [];

afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.end();
});

async function open(
  engine: ReturnType<typeof engineOf>,
  { tool = PAY as object, server = 'bank', capabilities = {} } = {},
) {
  const rig = new WallRig([tool as typeof PAY], new WallRoom({ engine, capabilities }), server);
  rigs.push(rig);
  await rig.initialize();
  return rig;
}

const last = ({ room: { records } }: WallRig) =>
  records.filter((one): one is DecidedRecord => one.kind === 'decided').at(-1);

/** Of each question of the guard set: what it was about, and what came of it. */
const asked = (rig: WallRig) =>
  last(rig)?.decisions.flatMap((one) =>
    one.kind === 'guard' ? [[one.question.typedAction ?? one.question.point, one.decision.verdict]] : [],
  );

describe('a call of a tool that policies name', () => {
  const limit = policy('@id("limit") @effect("block") @message("too much")', 'context.arguments.amount > 1000');

  it('is stopped by what it is called with, and both questions stand in the record without it', async () => {
    const rig = await open(engineOf(limit));
    expect((await rig.call('send_money', { recipient: IBAN, amount: 1_000 }, 'sent')).message.text).toContain('sent');
    expect(asked(rig)).toEqual([
      ['tool-call', 'allow'],
      [ACTION, 'allow'],
    ]);
    const refused = await rig.call('send_money', { recipient: IBAN, amount: 1_001 });
    expect(refused.json).toMatchObject({ result: { isError: true } });
    expect(refused.message.text).toContain('too much');
    expect(asked(rig)).toEqual([
      ['tool-call', 'allow'],
      [ACTION, 'block'],
    ]);
    expect(last(rig)?.effect).toBe('block');
    expect(rig.asked.filter((method) => method === 'tools/call')).toHaveLength(1);
    expect(JSON.stringify(rig.room.records)).not.toMatch(/DE8937|1001/);
  });

  it('is compared exactly, and stopped where Cedar has no value for a number', async () => {
    const rig = await open(
      engineOf(policy('@id("large") @effect("flag")', 'context.arguments.amount > 9007199254740991')),
    );
    for (const [amount, decision] of [
      [Number.MAX_SAFE_INTEGER, { verdict: 'allow', flags: [] }],
      [Number.MAX_SAFE_INTEGER + 1, { verdict: 'allow', flags: ['large'] }],
      [1e30, { verdict: 'block', errors: ['large'] }],
    ] as const) {
      await rig.call('send_money', { recipient: 'x', amount });
      expect(last(rig)?.decisions.at(-1)?.decision).toMatchObject(decision);
    }
  });

  it('waits for a person where such a policy asks', async () => {
    const ask = policy('@id("ask") @effect("ask")', 'context.arguments.amount > 10');
    const rig = await open(engineOf(ask), { capabilities: { elicitation: {} } });
    const question = await rig.call('send_money', { recipient: 'x', amount: 11 });
    expect(question.json.method).toBe('elicitation/create');
    rig.client.arrive(writeResult(question.json.id as number, { action: 'accept', content: { allow: true } }));
    expect((await rig.client.next()).message.text).toContain('done');
    expect(last(rig)?.approval).toMatchObject({ status: 'granted' });
    expect(asked(rig)).toEqual([
      ['tool-call', 'allow'],
      [ACTION, 'ask'],
    ]);
  });

  it('goes on without what such a policy redacts', async () => {
    const said = '@id("r") @effect("redact") @redact("type:email")';
    const rig = await open(engineOf(policy(said, 'context.arguments has note && context.found.email > 0')));
    await rig.call('send_money', { recipient: 'x', amount: 1, note: 'for eve@corp-mail.com' });
    const sent = rig.server.sent.at(-1)?.message.text ?? '';
    expect(sent).toContain('[EMAIL_1]');
    expect(sent).not.toContain('eve@corp-mail.com');
    expect(last(rig)?.effect).toBe('redact');
  });

  it('is only reported where such a policy monitors', async () => {
    const rig = await open(engineOf(limit.replace('@id', '@mode("monitor") @id')));
    expect((await rig.call('send_money', { recipient: 'x', amount: 5_000 }, 'sent')).message.text).toContain('sent');
    expect(last(rig)?.decisions.at(-1)?.decision).toMatchObject({ verdict: 'allow', monitored: ['limit'] });
  });

  it('is stopped where the tool takes something else by now than the file says', async () => {
    const properties = { ...PAY.inputSchema.properties, amount: { type: 'string' } };
    const tool = { ...PAY, inputSchema: { ...PAY.inputSchema, properties } };
    const rig = await open(engineOf(limit), { tool });
    const refused = await rig.call('send_money', { recipient: 'x', amount: '1' });
    expect(refused.json).toMatchObject({ result: { isError: true } });
    expect(last(rig)?.decisions.at(-1)?.decision).toMatchObject({ verdict: 'block', errors: ['limit'] });
  });

  it('is refused before anything is asked where its arguments are not what its schema says', async () => {
    const rig = await open(engineOf(limit));
    await rig.call('send_money', { recipient: 'x', amount: '1' });
    expect(last(rig)).toBeUndefined();
  });

  it('is not taken for one of another server', async () => {
    const rig = await open(engineOf(limit), { server: 'other' });
    expect((await rig.call('send_money', { recipient: 'x', amount: 5_000 }, 'sent')).message.text).toContain('sent');
    expect(asked(rig)).toEqual([['tool-call', 'allow']]);
  });
});
