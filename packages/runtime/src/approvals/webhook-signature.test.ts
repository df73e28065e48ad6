import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signWebhook, verifyWebhook, WEBHOOK_TOLERANCE_MS, webhookKey } from './webhook-signature.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr';
const key = webhookKey(SECRET) ?? new Uint8Array();
const BODY = '{"granted":true,"reason":"für Ann"}';
const NOW_MS = 1_767_225_600_000;
const bytes = new TextEncoder().encode(BODY);
const signed = signWebhook(key, { id: 'msg_1', atMs: NOW_MS, body: BODY });
const verify = (headers: object, body = bytes, nowMs = NOW_MS) =>
  verifyWebhook(key, { headers: { ...signed, ...headers }, body, nowMs });

describe('signWebhook()', () => {
  it('signs what the reference implementation takes', () => {
    const headers = signWebhook(key, { id: 'msg_1', atMs: Date.now(), body: BODY });
    expect(new Webhook(SECRET).verify(BODY, headers)).toEqual(JSON.parse(BODY));
  });

  it('is the signature that its specification gives', () => {
    expect(
      signWebhook(webhookKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') ?? key, {
        id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        atMs: 1_614_265_330_000,
        body: '{"test": 2432232314}',
      })['webhook-signature'],
    ).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
});

describe('verifyWebhook()', () => {
  it('takes what the reference implementation signs', () => {
    const signature = new Webhook(SECRET).sign('msg_1', new Date(NOW_MS), BODY);
    expect(verify({ 'webhook-signature': signature })).toEqual({ id: 'msg_1', atMs: NOW_MS, body: bytes });
  });

  it('takes one good signature among others', () => {
    const others = `v1a,${'A'.repeat(86)}== v1,${'A'.repeat(43)}=`;
    expect(verify({ 'webhook-signature': `${others} ${signed['webhook-signature']}` })).toBeDefined();
  });

  it.each([
    ['no id', { 'webhook-id': undefined }],
    ['another id', { 'webhook-id': 'msg_2' }],
    ['an id that reaches into what follows', { 'webhook-id': 'msg_1.1' }],
    ['an id without an end', { 'webhook-id': 'm'.repeat(129) }],
    ['no time', { 'webhook-timestamp': undefined }],
    ['another time', { 'webhook-timestamp': String(NOW_MS / 1_000 + 1) }],
    ['a time that is no number', { 'webhook-timestamp': `${NOW_MS / 1_000}x` }],
    ['no signature', { 'webhook-signature': undefined }],
    ['an empty one', { 'webhook-signature': 'v1,' }],
    ['one of another version', { 'webhook-signature': signed['webhook-signature'].replace('v1', 'v2') }],
    ['two headers', { 'webhook-signature': [signed['webhook-signature']] }],
  ])('takes nothing with %s', (_what, headers) => {
    expect(verify(headers)).toBeUndefined();
  });

  it('takes nothing with another body or under another secret', () => {
    expect(verify({}, new TextEncoder().encode(BODY.replace('true', 'fals')))).toBeUndefined();
    const other = webhookKey(`whsec_${Buffer.alloc(32, 7).toString('base64')}`) ?? key;
    expect(verifyWebhook(other, { headers: signed, body: bytes, nowMs: NOW_MS })).toBeUndefined();
  });

  it('takes nothing that is further than the tolerance from now, on either side', () => {
    for (const sign of [1, -1]) {
      expect(verify({}, bytes, NOW_MS + sign * WEBHOOK_TOLERANCE_MS)).toBeDefined();
      expect(verify({}, bytes, NOW_MS + sign * (WEBHOOK_TOLERANCE_MS + 1))).toBeUndefined();
    }
  });
});

describe('webhookKey()', () => {
  it.each([
    ['too short', `whsec_${Buffer.alloc(23).toString('base64')}`],
    ['too long', `whsec_${Buffer.alloc(65).toString('base64')}`],
    ['without its prefix', Buffer.alloc(32).toString('base64')],
    ['no base64', 'whsec_!!'],
    ['empty', ''],
  ])('is none when the secret is %s', (_what, secret) => {
    expect(webhookKey(secret)).toBeUndefined();
  });
});
