import type { ToolAnnotations } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { roleOfName } from './sink-role.ts';
import { profileOf } from './tool-profile.ts';

const NOTHING = { overrides: {}, isMemory: false };
const profile = (name: string, properties: Record<string, unknown> = {}, rest: object = {}) =>
  profileOf({ name, parameters: { type: 'object', properties, ...rest } }, NOTHING);
const place = (name: string, top = name) => ({ name, top });

describe('roleOfName()', () => {
  it.each([
    ['recipient', 'destination'],
    ['user_email', 'destination'],
    ['callbackUrl', 'destination'],
    ['bcc', 'destination'],
    ['new_password', 'credential'],
    ['API-Key', 'credential'],
    ['file_id', 'object'],
    ['hotel', 'object'],
    ['body', 'content'],
    ['sql', 'code'],
    ['new_start_time', 'param'],
    ['amount', 'param'],
    ['frobnication', undefined],
  ])('reads %s as %s', (name, role) => {
    expect(roleOfName(name)).toBe(role);
  });
});

describe('profileOf()', () => {
  it.each([
    ['get_user', 'read'],
    ['search_web', 'read'],
    ['calendar_list_events', 'read'],
    ['files__read_file', 'read'],
    ['account_balance', 'read'],
    ['send_email', 'write'],
    ['github.create_issue', 'write'],
    ['update_password', 'write'],
    ['frobnicate', 'write'],
    ['', 'write'],
  ])('takes %s for a tool that will %s', (name, effect) => {
    expect(profile(name).effect).toBe(effect);
  });

  it('lets annotations make a tool look more dangerous, never less', () => {
    const effect = (name: string, annotations: ToolAnnotations) => profileOf({ name, annotations }, NOTHING).effect;
    expect(effect('get_user', { destructiveHint: true })).toBe('write');
    expect(effect('get_user', { readOnlyHint: false })).toBe('write');
    expect(effect('send_email', { readOnlyHint: true })).toBe('write');
    expect(profileOf({ name: 'get_user', annotations: { destructiveHint: true } }, NOTHING).destructive).toBe(true);
    expect(profileOf({ name: 'delete_user', annotations: { destructiveHint: false } }, NOTHING).destructive).toBe(true);
  });

  it('finds roles by names and formats, below an argument by the nearest name', () => {
    const send = profile('send_email', { to: {}, where: { format: 'uri' }, attachments: {}, note: {} });
    expect(send.roleOf(place('to'))).toBe('destination');
    expect(send.roleOf(place('where'))).toBe('destination');
    expect(send.roleOf(place('note'))).toBe('content');
    expect(send.roleOf(place('file_id', 'attachments'))).toBe('object');
    expect(send.roleOf(place('size', 'attachments'))).toBe('content');
    expect(send.outward).toBe(true);
  });

  it('takes the first thing that a writing tool must be told for its object where no name says what it is', () => {
    const book = profile('reserve', { where: {}, whence: {} }, { required: ['where', 'whence'] });
    expect([book.roleOf(place('where')), book.roleOf(place('whence'))]).toEqual(['object', 'param']);
    expect(profile('get', { where: {} }, { required: ['where'] }).roleOf(place('where'))).toBe('param');
    expect(profile('reserve', { where: { enum: ['a'] } }, { required: ['where'] }).roleOf(place('where'))).toBe(
      'param',
    );
  });

  it('knows what leaves no room for words, through references and alternatives', () => {
    const { constrained } = profile(
      'set',
      {
        a: { $ref: '#/$defs/A' },
        b: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
        c: { anyOf: [{ type: 'integer' }, { type: 'string' }] },
        d: { type: 'string', format: 'date' },
        e: { $ref: 'https://elsewhere.example/schema' },
        f: { type: ['number', 'null'] },
      },
      { $defs: { A: { enum: ['r', 'w'] } } },
    );
    expect(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => constrained(place(name)))).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it('knows tools that bring a document as it is', () => {
    expect(profile('get_webpage', { url: {} }).document).toBe(true);
    expect(profile('read_file', { file_path: {} }).document).toBe(true);
    expect(profile('get_file', { file_id: {} }).document).toBe(false);
    expect(profile('post_webpage', { url: {} }).document).toBe(false);
  });

  it('knows what a person says who asks for it', () => {
    expect(profile('send_money').saidAs.has('refunding')).toBe(true);
    expect(profile('delete_file').saidAs.has('dropped')).toBe(true);
    expect(profile('get_webpage', { url: {} }).saidAs.has('visit')).toBe(true);
    expect(profile('frobnicate').saidAs.size).toBe(0);
  });

  it('follows an override before anything else', () => {
    const overrides = { 'send_*': { effect: 'read' as const, outward: false, roles: { to: 'param' as const } } };
    const found = profileOf(
      { name: 'send_email', parameters: { properties: { to: {} } } },
      { overrides, isMemory: false },
    );
    expect([found.effect, found.outward, found.roleOf(place('to'))]).toEqual(['read', false, 'param']);
  });

  it('reads any schema: nothing throws', () => {
    for (const parameters of [null, 7, [], { properties: [] }, { properties: { a: null } }, { required: 'a' }]) {
      expect(profileOf({ name: 'send', parameters }, NOTHING).effect).toBe('write');
    }
  });
});
