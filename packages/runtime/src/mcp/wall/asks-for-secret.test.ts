import { writeRequest } from '@sallyport/mcp';
import { describe, expect, test } from 'vitest';
import { asksForSecret, FORM_MAX_CHARS } from './asks-for-secret.ts';

function form(message: string, properties: object = {}, more: object = {}) {
  return writeRequest(1, 'elicitation/create', { message, requestedSchema: { type: 'object', properties }, ...more });
}

describe('asksForSecret()', () => {
  test.each([
    ['a field named so', form('Sign in', { password: { type: 'string' } })],
    ['a field in camel case', form('Sign in', { userPassword: { type: 'string' } })],
    ['a field in snake case', form('Connect', { github_api_key: { type: 'string' } })],
    ['a title', form('Connect', { value: { type: 'string', title: 'Access Token' } })],
    ['a description', form('Connect', { value: { type: 'string', description: 'the one-time code we sent you' } })],
    ['what it says', form('Please enter your password to continue', { value: { type: 'string' } })],
    ['a format', form('Sign in', { value: { type: 'string', format: 'password' } })],
    ['full-width letters', form('ｐａｓｓｗｏｒｄ', { value: { type: 'string' } })],
    ['letters with hidden ones between', form('pass\u200bword please', { value: { type: 'string' } })],
    ['German', form('Bitte Passwort eingeben', { value: { type: 'string' } })],
    ['Russian', form('Введите пароль', { value: { type: 'string' } })],
    ['Chinese', form('请输入密码', { value: { type: 'string' } })],
    ['a form that says that it is one', form('Password?', {}, { mode: 'form' })],
    ['a form that nobody can read to its end', form('x'.repeat(FORM_MAX_CHARS), {})],
  ])('knows a secret by %s', (_how, request) => {
    expect(asksForSecret(request)).toBe(true);
  });

  test.each([
    ['a name', form('Who are you?', { name: { type: 'string' } })],
    ['a choice', form('Which account?', { account: { type: 'string', enum: ['main', 'savings'] } })],
    ['a secretary', form('Shall I write to the secretary?', { yes: { type: 'boolean' } })],
    ['a page of the server itself', form('Enter your password there', {}, { mode: 'url', url: 'https://a.example' })],
  ])('lets %s be asked', (_how, request) => {
    expect(asksForSecret(request)).toBe(false);
  });
});
