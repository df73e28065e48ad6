import * as v1 from '@modelcontextprotocol/sdk/types.js';
import { isFault } from '@sallyport/core';
import { parseJson } from '@sallyport/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeRequest } from '../message/write-message.ts';
import { clientCapability, declares, serverCapability } from './capabilities.ts';
import { claimedVersion, META, readEnvelope } from './envelope.ts';
import { calledName, decodeHeaderValue, encodeHeaderValue } from './headers.ts';
import { maySay } from './methods.ts';
import { negotiate } from './negotiate.ts';
import { isLegacy, isRevision, REVISIONS } from './revisions.ts';

function nodeOf(value: unknown) {
  const node = parseJson(JSON.stringify(value), { maxDepth: 16, strict: true });
  if (isFault(node)) throw new Error(node.fault);
  return node;
}

describe('maySay()', () => {
  const methodsOf = (union: { options: readonly { shape: { method: { value: string } } }[] }) =>
    union.options.map(({ shape }) => shape.method.value).filter((method) => !/tasks\//.test(method));

  it.each([
    ['client', 'request', v1.ClientRequestSchema],
    ['client', 'notification', v1.ClientNotificationSchema],
    ['server', 'request', v1.ServerRequestSchema],
    ['server', 'notification', v1.ServerNotificationSchema],
  ] as const)('lets a %s say every %s of 2025-11-25 that the official SDK knows', (side, kind, union) => {
    const other = side === 'client' ? 'server' : 'client';
    for (const method of methodsOf(union as never)) {
      expect([method, maySay('2025-11-25', side, { kind, method })]).toEqual([method, true]);
      const shared = /^(?:ping|notifications\/(?:cancelled|progress))$/.test(method);
      expect([method, maySay('2025-11-25', other, { kind, method })]).toEqual([method, shared]);
    }
  });

  it('has no handshake, no session and no question of a server in 2026-07-28', () => {
    for (const method of ['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'roots/list']) {
      for (const side of ['client', 'server'] as const) {
        expect(maySay('2026-07-28', side, { kind: 'request', method })).toBe(false);
      }
    }
    expect(maySay('2026-07-28', 'client', { kind: 'request', method: 'server/discover' })).toBe(true);
    expect(maySay('2025-11-25', 'client', { kind: 'request', method: 'server/discover' })).toBe(false);
  });

  it('takes neither what nobody knows nor one kind for the other', () => {
    expect(maySay('2025-11-25', 'client', { kind: 'request', method: 'constructor' })).toBe(false);
    expect(maySay('2025-11-25', 'client', { kind: 'notification', method: 'tools/call' })).toBe(false);
    expect(maySay('2025-11-25', 'client', { kind: 'request', method: 'tasks/get' })).toBe(false);
  });
});

describe('negotiate()', () => {
  it('takes what is asked for where it is offered, else the newest with a handshake', () => {
    expect(negotiate('2025-06-18', REVISIONS)).toBe('2025-06-18');
    expect(negotiate('2025-06-18', ['2025-11-25', '2026-07-28'])).toBe('2025-11-25');
    expect(negotiate('2024-11-05', ['2025-11-25', '2025-06-18'])).toBe('2025-11-25');
    expect(negotiate('2026-07-28', REVISIONS)).toBe('2025-11-25');
    expect(negotiate(undefined, ['2026-07-28'])).toBeUndefined();
    expect(REVISIONS.filter(isLegacy)).toEqual(['2025-06-18', '2025-11-25']);
    expect(isRevision('2024-11-05')).toBe(false);
  });
});

describe('readEnvelope()', () => {
  it('reads what a request says of its client, and nothing where a required part is missing', () => {
    const meta = { [META.protocolVersion]: '2026-07-28', [META.clientCapabilities]: {}, [META.logLevel]: 'info' };
    expect(readEnvelope(writeRequest(1, 'x', { _meta: meta }).params)).toMatchObject({
      protocolVersion: '2026-07-28',
      capabilities: { kind: 'object' },
      logLevel: 'info',
    });
    for (const broken of [
      { ...meta, [META.clientCapabilities]: undefined },
      { ...meta, [META.protocolVersion]: 1 },
      { ...meta, [META.clientInfo]: 'me' },
    ]) {
      expect(readEnvelope(writeRequest(1, 'x', { _meta: broken }).params)).toBeUndefined();
    }
    expect(readEnvelope(undefined)).toBeUndefined();
    expect(claimedVersion(writeRequest(1, 'x', { _meta: meta }).params)).toBe('2026-07-28');
    expect(claimedVersion(writeRequest(1, 'x', { _meta: {} }).params)).toBeUndefined();
  });
});

describe('declares()', () => {
  it('finds capabilities, and takes a bare `elicitation` for one by forms', () => {
    const path = (method: string, params: unknown) => clientCapability(method, nodeOf(params)) ?? ['none'];
    const form = path('elicitation/create', {});
    const url = path('elicitation/create', { mode: 'url' });
    expect(declares(nodeOf({ elicitation: {} }), form as never)).toBe(true);
    expect(declares(nodeOf({ elicitation: {} }), url as never)).toBe(false);
    expect(declares(nodeOf({ elicitation: { url: {} } }), form as never)).toBe(false);
    expect(declares(nodeOf({ elicitation: { url: {} } }), url as never)).toBe(true);
    expect(declares(nodeOf({ sampling: {} }), path('sampling/createMessage', {}) as never)).toBe(true);
    expect(declares(nodeOf({ sampling: {} }), path('sampling/createMessage', { tools: [] }) as never)).toBe(false);
    expect(declares(undefined, path('roots/list', {}) as never)).toBe(false);
    expect(clientCapability('ping', undefined)).toBeUndefined();
  });

  it('takes no capability that is denied', () => {
    const subscribe = serverCapability('resources/subscribe') ?? ['none'];
    expect(declares(nodeOf({ resources: { subscribe: true } }), subscribe)).toBe(true);
    expect(declares(nodeOf({ resources: { subscribe: false } }), subscribe)).toBe(false);
    expect(declares(nodeOf({ resources: {} }), subscribe)).toBe(false);
    expect(declares(nodeOf({ resources: null }), ['resources'])).toBe(false);
    expect(serverCapability('ping')).toBeUndefined();
  });
});

describe('encodeHeaderValue() and decodeHeaderValue()', () => {
  it('bring every name through a header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const value = encodeHeaderValue(name);
        expect(value).toMatch(/^[!-~](?:[\t -~]*[!-~])?$/);
        expect(decodeHeaderValue(value)).toBe(name);
      }),
    );
  });

  it('refuse what is encoded in no way of theirs', () => {
    for (const value of ['=?base64?YQ?=', '=?base64?!?=', '=?base64?/w==?=']) {
      expect(decodeHeaderValue(value)).toBeUndefined();
    }
    expect(decodeHeaderValue(encodeHeaderValue('=?base64?YQ==?='))).toBe('=?base64?YQ==?=');
  });
});

describe('calledName()', () => {
  it('is what a request calls, where it calls something', () => {
    expect(calledName(writeRequest(1, 'tools/call', { name: 'a' }))).toBe('a');
    expect(calledName(writeRequest(1, 'resources/read', { uri: 'a:b', name: 'c' }))).toBe('a:b');
    expect(calledName(writeRequest(1, 'tools/list', { name: 'a' }))).toBeUndefined();
    expect(calledName(writeRequest(1, 'prompts/get'))).toBeUndefined();
  });
});
