import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CapturedRecord, ContentRoom, Detector, PayloadStore, PolicyEngine } from '@sallyport/core';
import { SallyportError, scopedEngine } from '@sallyport/core';
import { loadPolicySets } from '@sallyport/policy';
import { createKeyEncryption, openPayloadStore } from '@sallyport/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerOf, DONE, eventOf, requestBody, streamOf } from './testing/chat-wire.ts';
import { ExchangeRig, PRINCIPAL, type RigOptions, type Seen } from './testing/exchange-rig.ts';

const ACCESS = 'permit (principal, action, resource);';
const MAIL = 'joe.bloggs@example.org';
const REDACT = `@id("mails") @effect("redact") @redact("personal-data")
forbid (principal, action in [Action::"input", Action::"output"], resource) when { context.risk["personal-data"] > 0 };`;
const capture = (how: string, point = 'input') => `@id("keep-${point}") @effect("flag") @capture("${how}")
forbid (principal, action == Action::"${point}", resource);`;

let folder: string;
let store: PayloadStore;
let keyText: string | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-captured-'));
  keyText = Buffer.alloc(32, 1).toString('base64');
  const keys = createKeyEncryption(() => keyText);
  store = openPayloadStore(folder, { subjectKey: Buffer.alloc(32, 2), keys });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function engineOf(...guard: readonly string[]): PolicyEngine {
  const loaded = loadPolicySets(
    { access: [{ name: 'a.cedar', text: ACCESS }], guard: [{ name: 'g.cedar', text: guard.join('\n') }] },
    { findingTypes: ['email'] },
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.engine;
}

function rigOf(policies: readonly string[], more: RigOptions & { room?: Partial<ContentRoom> } = {}): ExchangeRig {
  const { room, ...options } = more;
  const limits = { maxTextBytes: 1_000, maxExchangeBytes: 10_000 };
  const content: ContentRoom = { store, subject: 'user', limits, posture: 'closed', ...room };
  return new ExchangeRig({ engine: engineOf(...policies), content, ...options });
}

interface Said {
  readonly request: string;
  readonly answer?: string;
  readonly stream?: string;
}

async function say(rig: ExchangeRig, { request, answer = 'fine', stream }: Said): Promise<Seen> {
  const streamed = stream !== undefined;
  return rig.exchange({
    body: requestBody(request, { stream: streamed }),
    answer: [Buffer.from(stream ?? answerOf(answer))],
    contentType: streamed ? 'text/event-stream' : 'application/json',
  });
}

const captured = ({ records }: Seen) =>
  records.filter((record): record is CapturedRecord => record.kind === 'captured');

async function kept(exchange = 'x1') {
  const payloads = await store.of(exchange);
  return payloads.flatMap(({ part, content }) =>
    content.texts.map(({ point, where, form, text, cutChars }) => ({
      part,
      point,
      where,
      form,
      text,
      ...(cutChars !== undefined && { cutChars }),
    })),
  );
}

describe('content of an exchange', () => {
  it('is kept nowhere where no policy wants it', async () => {
    const seen = await say(rigOf([REDACT]), { request: `mail ${MAIL}` });
    expect(captured(seen)).toEqual([]);
    expect(await store.of('x1')).toEqual([]);
  });

  it('`raw` is the texts as they were judged, both ways', async () => {
    const rig = rigOf([REDACT, capture('raw'), capture('raw', 'output')]);
    await say(rig, { request: `mail ${MAIL}`, answer: 'I mailed [EMAIL_1].' });
    expect(await kept()).toEqual([
      { part: 'request', point: 'input', where: 'message/0/content', form: 'raw', text: `mail ${MAIL}` },
      { part: 'answer', point: 'output', where: 'answer/0/content', form: 'raw', text: `I mailed ${MAIL}.` },
    ]);
  });

  it('`redacted` is the texts as they went on, and personal data masked that no policy redacts', async () => {
    const rig = rigOf([REDACT, capture('redacted'), capture('redacted', 'output')]);
    await say(rig, { request: `mail ${MAIL}`, answer: 'I mailed [EMAIL_1], and ann@example.org.' });
    expect((await kept()).map(({ text }) => text)).toEqual(['mail [EMAIL_1]', 'I mailed [EMAIL_1], and [EMAIL_2].']);
    const unredacted = rigOf([capture('redacted'), capture('redacted', 'output')]);
    await say(unredacted, { request: `mail ${MAIL}`, answer: 'and ann@example.org.' });
    await say(unredacted, { request: `mail ${MAIL} again` });
    expect((await kept('x2')).map(({ text }) => text)).toEqual(['mail [EMAIL] again', 'fine']);
  });

  it('is what is new in a request: what was answered before is not kept again', async () => {
    const messages = [
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'answered' },
      { role: 'user', content: 'second' },
    ];
    const body = JSON.stringify({ model: 'm', messages });
    const contentType = 'application/json';
    await rigOf([capture('raw')]).exchange({ body, answer: [Buffer.from(answerOf('ok'))], contentType });
    expect((await kept()).map(({ text, where }) => [where, text])).toEqual([['message/2/content', 'second']]);
  });

  it('is kept of the checkpoints alone that a policy names, by what the decision came to', async () => {
    const block = `@id("no") @effect("block")
      forbid (principal, action == Action::"input", resource) when { context.risk["personal-data"] > 0 };`;
    const rig = rigOf([block, capture('redacted: block, ask')]);
    await say(rig, { request: 'harmless' });
    const refused = await say(rig, { request: `mail ${MAIL}` });
    expect(await kept('x1')).toEqual([]);
    expect((await kept('x2')).map(({ text }) => text)).toEqual(['mail [EMAIL]']);
    expect(refused.sent).toEqual([]);
  });

  it('follows a decision that a failed check turned into a block', async () => {
    const fails: Detector = {
      id: 'fails',
      version: '1',
      points: ['output'],
      types: [],
      cache: 'content',
      reach: { kind: 'whole' },
      triggers: [],
      inspect: () => ({ status: 'timed-out', reason: 'too-slow' }),
    };
    const rig = rigOf([capture('raw: block', 'output')], { detectors: [fails] });
    const seen = await say(rig, { request: 'hi', answer: 'the answer' });
    expect(seen.records.at(-1)).toMatchObject({ kind: 'closed', effect: 'block' });
    expect((await kept()).map(({ text }) => text)).toEqual(['the answer']);
  });

  it('of a stream that was stopped, `raw` is all that came, and `redacted` ends where not all was known', async () => {
    const block = `@id("no") @effect("block")
      forbid (principal, action == Action::"output", resource) when { context.risk["personal-data"] > 0 };`;
    const pieces = ['well: ', `${MAIL} is `, 'the one, ann@exa'].map((content) => eventOf({ delta: { content } }));
    const stream = pieces.join('');
    await say(rigOf([block, capture('raw', 'output')]), { request: 'hi', stream });
    const [raw] = await kept();
    expect(raw?.text.startsWith(`well: ${MAIL} is `)).toBe(true);
    store.close();
    rmSync(folder, { recursive: true });
    store = openPayloadStore(folder, { subjectKey: Buffer.alloc(32, 2), keys: createKeyEncryption(() => keyText) });
    await say(rigOf([block, capture('redacted', 'output')]), { request: 'hi', stream });
    const [redacted] = await kept();
    expect(redacted?.text).toContain('well: [EMAIL]');
    expect(redacted?.text).not.toMatch(/joe|ann/);
    expect(redacted?.cutChars).toBeGreaterThan(0);
  });

  it('holds arguments of calls and results of tools, in both forms', async () => {
    const call = (text: string) => ({
      tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'send', arguments: text } }],
    });
    const stream = `${eventOf({ delta: { role: 'assistant', ...call(`{"to":"${MAIL}"}`) } })}${eventOf({ delta: {}, finish: 'tool_calls' })}${DONE}`;
    const both = async (form: string) => {
      const rig = rigOf([capture(form, 'tool-call'), capture(form, 'tool-result')]);
      const messages = [
        { role: 'user', content: 'go' },
        { role: 'assistant', tool_calls: [{ id: 'c0', type: 'function', function: { name: 'get', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: 'c0', content: `from ${MAIL}` },
      ];
      const body = JSON.stringify({ model: 'm', stream: true, messages });
      await rig.exchange({ body, answer: [Buffer.from(stream)] });
      return (await kept()).map(({ point, text }) => [point, text]);
    };
    expect(await both('raw')).toEqual([
      ['tool-result', `from ${MAIL}`],
      ['tool-call', `{"to":"${MAIL}"}`],
    ]);
    store.close();
    rmSync(folder, { recursive: true });
    store = openPayloadStore(folder, { subjectKey: Buffer.alloc(32, 2), keys: createKeyEncryption(() => keyText) });
    expect(await both('redacted')).toEqual([
      ['tool-result', 'from [EMAIL]'],
      ['tool-call', '{"to":"[EMAIL]"}'],
    ]);
  });

  it('is bounded: a text loses its end at the limit, and what no longer fits is left out and counted', async () => {
    const limits = { maxTextBytes: 10, maxExchangeBytes: 16 };
    const rig = rigOf([capture('raw'), capture('raw', 'output')], { room: { limits } });
    const seen = await say(rig, { request: '0123456789', answer: 'äöüäöüäöü' });
    const longer = await say(rig, { request: '01234567890', answer: 'short' });
    expect((await kept('x1')).map(({ text, cutChars }) => [text, cutChars])).toEqual([
      ['0123456789', undefined],
      ['äöü', 6],
    ]);
    expect((await kept('x2')).map(({ text, cutChars }) => [text, cutChars])).toEqual([
      ['0123456789', 1],
      ['short', undefined],
    ]);
    expect(captured(seen).map(({ bytes, cutChars }) => [bytes, cutChars])).toEqual([
      [10, 0],
      [6, 6],
    ]);
    expect(captured(longer)).toHaveLength(2);
  });

  it('that no longer fits at all is counted', async () => {
    const limits = { maxTextBytes: 10, maxExchangeBytes: 10 };
    const rig = rigOf([capture('raw'), capture('raw', 'output')], { room: { limits } });
    const seen = await say(rig, { request: '0123456789', answer: 'more' });
    expect(captured(seen)[1]).toMatchObject({ part: 'answer', texts: 0, left: 1 });
  });

  it.each(['user', 'session', 'tenant'] as const)('is sealed under the key of its %s', async (subject) => {
    const seen = await say(rigOf([capture('raw')], { room: { subject } }), { request: 'hi' });
    const session = seen.records[0]?.kind === 'opened' ? seen.records[0].session?.id : undefined;
    const { tenant, kind, id } = PRINCIPAL;
    const name = { user: `${tenant}/${kind}/${id}`, session: session ?? '', tenant }[subject];
    expect(await store.ofSubject({ kind: subject, name }, { after: 0, limit: 9 })).toHaveLength(1);
    expect(captured(seen)[0]?.subject).toEqual(store.recorded({ kind: subject, name }));
  });
});

describe('content of a credential that is narrowed', () => {
  it('is kept like any other', async () => {
    const rig = rigOf([], { engine: scopedEngine(engineOf(capture('raw'))) });
    await say(rig, { request: 'hi' });
    expect((await kept()).map(({ text }) => text)).toEqual(['hi']);
  });
});

describe('content of an agent that acts for a user', () => {
  it("is sealed under the user's key", async () => {
    const onBehalfOf = { tenant: 'acme', id: 'ann', groups: [] };
    const principal = { ...PRINCIPAL, kind: 'agent', onBehalfOf } as const;
    const ask = { body: requestBody('hi'), answer: [Buffer.from(streamOf(['ok']))] };
    await rigOf([capture('raw')]).exchange({ ...ask, principal });
    expect(await store.ofSubject({ kind: 'user', name: 'acme/user/ann' }, { after: 0, limit: 9 })).toHaveLength(1);
  });
});

describe('the record of captured content', () => {
  it('holds a commitment and no text, before the record that closes the exchange', async () => {
    const rig = rigOf([capture('raw'), capture('raw', 'output')]);
    const seen = await say(rig, { request: 'a needle', answer: 'a needle too' });
    expect(seen.records.map(({ kind }) => kind)).toEqual(['opened', 'captured', 'captured', 'closed']);
    const commitments = (await store.of('x1')).map(({ commitment }) => commitment);
    expect(captured(seen).map(({ commitment }) => commitment)).toEqual(commitments);
    expect(JSON.stringify(seen.records)).not.toContain('needle');
    expect(captured(seen)[0]).toMatchObject({ part: 'request', texts: 1, values: 0, bytes: 8, generation: 1 });
  });

  it('comes before the first byte of an answer', async () => {
    const order: string[] = [];
    const rig = rigOf([capture('raw')], { recorder: { append: async ({ kind }) => void order.push(kind) } });
    await rig.exchange({
      body: requestBody('hi'),
      answer: [Buffer.from(streamOf(['one', 'two']))],
      onBytes: () => {
        order.push('byte');
        return true;
      },
    });
    expect(order.indexOf('captured')).toBeGreaterThanOrEqual(0);
    expect(order.indexOf('captured')).toBeLessThan(order.indexOf('byte'));
  });
});

describe('content that cannot be put under lock', () => {
  it('ends the exchange under posture `closed`: nothing of the answer leaves, and the record says why', async () => {
    keyText = undefined;
    const seen = await say(rigOf([capture('raw')]), { request: 'hi', answer: 'an answer' });
    expect([seen.head?.status, seen.text.includes('an answer')]).toEqual([503, false]);
    expect(captured(seen)).toEqual([expect.objectContaining({ failed: 'CONTENT_KEY_MISSING' })]);
    expect(seen.records.at(-1)).toMatchObject({ kind: 'closed', outcome: 'internal-error', fault: 'CAPTURE_FAILED' });
    expect(seen.errors.length).toBeGreaterThan(0);
  });

  it('of an answer, keeps its end back under posture `closed`', async () => {
    const rig = rigOf([capture('raw', 'output')]);
    keyText = undefined;
    const seen = await say(rig, { request: 'hi', stream: streamOf(['one']) });
    expect([seen.end, seen.text.includes('capture_failed')]).toEqual(['broken', true]);
    expect(seen.records.at(-1)).toMatchObject({ kind: 'closed', fault: 'CAPTURE_FAILED' });
  });

  it('lets the exchange go on under posture `open`, and the record says that it failed', async () => {
    keyText = undefined;
    const seen = await say(rigOf([capture('raw')], { room: { posture: 'open' } }), { request: 'hi', answer: 'yes' });
    expect([seen.head?.status, seen.text.includes('yes')]).toEqual([200, true]);
    expect(captured(seen)[0]).toMatchObject({ failed: 'CONTENT_KEY_MISSING', texts: 1 });
    expect(captured(seen)[0]).not.toHaveProperty('commitment');
    expect(seen.records.at(-1)).toMatchObject({ kind: 'closed', outcome: 'completed' });
  });

  it('ends the exchange where there is nowhere to put it', async () => {
    const seen = await say(new ExchangeRig({ engine: engineOf(capture('raw')) }), { request: 'hi' });
    expect(seen.head?.status).toBe(503);
  });

  it('says nothing of the content', async () => {
    const broken: ContentRoom['store'] = {
      recorded: (subject) => store.recorded(subject),
      keep: () => Promise.reject(new SallyportError('STORE_BROKEN', { detail: 'the disk' })),
    };
    const seen = await say(rigOf([capture('raw')], { room: { store: broken } }), { request: 'a needle' });
    expect(JSON.stringify([seen.records, seen.errors, seen.text])).not.toContain('needle');
  });
});

describe('the vault', () => {
  const VAULT = `@id("vaulted") @effect("redact") @redact("type:email") @vault("keep")
    forbid (principal, action in [Action::"input", Action::"output"], resource);`;
  const valuesOf = async (exchange = 'x1') => (await store.of(exchange)).flatMap(({ content }) => content.values);

  it('keeps what stands behind placeholders, of both ways, and no text', async () => {
    const seen = await say(rigOf([VAULT]), { request: `mail ${MAIL}`, answer: 'and ann@example.org' });
    expect(await valuesOf()).toEqual([
      { placeholder: 'EMAIL_1', type: 'email', value: MAIL },
      { placeholder: 'EMAIL_2', type: 'email', value: 'ann@example.org' },
    ]);
    expect(await kept()).toEqual([]);
    expect(captured(seen).map(({ part, values }) => [part, values])).toEqual([
      ['request', 1],
      ['answer', 1],
    ]);
    expect(JSON.stringify(seen.records)).not.toContain('example.org');
  });

  it('keeps nothing that a policy redacts which does not say so', async () => {
    const seen = await say(rigOf([REDACT, VAULT.replace('type:email', 'secrets')]), { request: `mail ${MAIL}` });
    expect(seen.sent[0]).toContain('[EMAIL_1]');
    expect(await valuesOf()).toEqual([]);
  });

  it('leaves a value out that is longer than a text may be: a part of it would be another value', async () => {
    const limits = { maxTextBytes: MAIL.length - 1, maxExchangeBytes: 1_000 };
    const seen = await say(rigOf([VAULT], { room: { limits } }), { request: `mail ${MAIL}` });
    expect(await valuesOf()).toEqual([]);
    expect(captured(seen)[0]).toMatchObject({ values: 0, left: 1 });
  });
});
