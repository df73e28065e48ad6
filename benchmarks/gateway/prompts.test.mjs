import { describe, expect, it } from 'vitest';
import { requestSource } from './prompts.mjs';

/** @param {Buffer} wire */
const bodyOf = (wire) => {
  const [head = '', body = ''] = wire.toString('latin1').split('\r\n\r\n');
  expect(head).toContain(`content-length: ${body.length}`);
  return JSON.parse(body);
};
const options = /** @type {const} */ ({ answer: 'json', host: '127.0.0.1:1', seed: 7, key: 'k' });

describe('requestSource()', () => {
  it('sends one new message of 1 KB', () => {
    const next = requestSource({ ...options, workload: '1k' });
    const [first, second] = [bodyOf(next()), bodyOf(next())];
    expect(first.messages).toHaveLength(2);
    expect(first.messages[1].content).not.toBe(second.messages[1].content);
  });

  it('repeats 30 messages of history, about 32 KB, and changes the last message alone', () => {
    const next = requestSource({ ...options, workload: '32k' });
    const [first, second] = [bodyOf(next()), bodyOf(next())];
    expect(first.messages).toHaveLength(32);
    expect(first.messages.slice(0, -1)).toEqual(second.messages.slice(0, -1));
    expect(first.messages.at(-1)).not.toEqual(second.messages.at(-1));
    expect(JSON.stringify(first).length).toBeGreaterThan(31 * 1_024);
  });

  it('asks for a stream exactly when the answer is one', () => {
    expect(bodyOf(requestSource({ ...options, workload: '1k' })())).not.toHaveProperty('stream');
    expect(bodyOf(requestSource({ ...options, workload: '1k', answer: 'paced' })())).toHaveProperty('stream', true);
  });
});
