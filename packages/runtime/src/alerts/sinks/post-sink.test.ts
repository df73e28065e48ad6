import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { webhookKey } from '../../approvals/webhook-signature.ts';
import type { AlertMessage } from '../alert-message.ts';
import type { AlertPost } from './alert-sink.ts';
import { PostSink } from './post-sink.ts';
import { slackWriter } from './slack-writer.ts';
import { webhookWriter } from './webhook-writer.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr';
const AT = '2026-11-29T08:00:00.000Z';
const message = (id = 'msg_1', over: Partial<AlertMessage['alert']> = {}): AlertMessage => ({
  id,
  at: AT,
  step: 'raised',
  alert: {
    id: 'alr_1',
    rule: 'attacks',
    severity: 'high',
    state: 'open',
    about: { principal: 'user/ann' },
    raisedAt: AT,
    lastAt: AT,
    times: 1,
    evidence: { exchanges: ['ex-1'], value: 3, bound: 2 },
    ...over,
  },
});
const lines = (...ids: readonly string[]) => ids.map((id) => JSON.stringify(message(id)));

function sink(answers: readonly number[]) {
  const posts: AlertPost[] = [];
  const refused: number[] = [];
  const left = [...answers];
  const made = new PostSink({
    write: ({ id }) => ({ headers: { id }, body: '' }),
    post: async (post) => {
      posts.push(post);
      return left.shift() ?? 200;
    },
    close: async () => undefined,
    dateMs: () => 0,
    onRefused: (status) => refused.push(status),
  });
  return { made, refused, ids: () => posts.map(({ headers }) => headers.id) };
}

describe('PostSink', () => {
  it('posts each message, and after a failure goes on with the one that failed', async () => {
    const { made, ids } = sink([200, 503, 200]);
    await expect(made.write(lines('a', 'b', 'c'))).rejects.toMatchObject({ code: 'WEBHOOK_FAILED' });
    expect(await made.write(lines('a', 'b', 'c'))).toBe(0);
    expect(ids()).toEqual(['a', 'b', 'b', 'c']);
  });

  it('says of each message once that it was refused, however often the others come again', async () => {
    const { made } = sink([400, 503, 200]);
    await expect(made.write(lines('a', 'b'))).rejects.toThrow();
    expect([await made.write(lines('a', 'b')), await made.write(lines('c'))]).toEqual([1, 0]);
  });

  it.each([400, 413, 422])('passes by a message that is refused for good with status %i', async (status) => {
    const { made, ids, refused } = sink([status]);
    expect(await made.write(lines('a', 'b'))).toBe(1);
    expect([ids(), refused]).toEqual([['a', 'b'], [status]]);
    expect(await made.write(lines('c'))).toBe(0);
  });

  it.each([199, 301, 401, 404, 410, 429, 500])('tries again after status %i', async (status) => {
    const { made, ids } = sink([status]);
    await expect(made.write(lines('a'))).rejects.toThrow();
    await made.write(lines('a'));
    expect(ids()).toEqual(['a', 'a']);
  });
});

describe('webhookWriter()', () => {
  it('signs what the reference implementation takes, with the time of the try', () => {
    const nowMs = Date.now();
    const { headers, body } = webhookWriter(webhookKey(SECRET) ?? new Uint8Array())(message(), nowMs);
    expect(new Webhook(SECRET).verify(body, headers)).toMatchObject({
      type: 'alert.raised',
      timestamp: AT,
      data: { id: 'alr_1', rule: 'attacks', evidence: { exchanges: ['ex-1'] } },
    });
    expect(headers).toMatchObject({ 'webhook-id': 'msg_1', 'webhook-timestamp': `${Math.floor(nowMs / 1_000)}` });
  });
});

describe('slackWriter()', () => {
  const textOf = (over: Partial<AlertMessage['alert']> = {}) =>
    (JSON.parse(slackWriter(message('m', over), 0).body) as { text: string }).text;

  it('says what happened, to whom, and where to look', () => {
    expect(textOf()).toBe(
      '*high: attacks* raised, 3 (bound 2)\nprincipal `user/ann`\nsee ex-1\n`sallyport alerts show alr_1`',
    );
  });

  it('takes names for what they are: none of them mentions anybody or is a link', () => {
    const text = textOf({ about: { tool: '<!channel> `x` & <https://evil.example|here>\n*now*' } });
    expect(text).not.toMatch(/<|>/);
    expect(text).toContain('&lt;!channel&gt;  x  &amp; &lt;https://evil.example|here&gt; *now*`');
  });
});
