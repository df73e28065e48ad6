import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readingsOf, referenceKeys, registeredKey, valueKeys } from './source-keys.ts';

describe('registeredKey()', () => {
  it.each([
    ['vs_1A', 'vs_1a'],
    ['fileSearchStores/My-Store/', 'my-store'],
    ['https://user:pass@MCP.Example.:8443/sse?a=1', 'mcp.example'],
    ['arn:aws:bedrock:eu-west-1:1:knowledge-base/KB12', 'kb12'],
  ])('makes %s the key %s', (id, key) => expect(registeredKey(id)).toBe(key));
});

describe('referenceKeys()', () => {
  it('holds the key of whatever is registered, wherever it stands', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9_-]{4,30}$/);
    fc.assert(
      fc.property(id, fc.boolean(), (name, upper) => {
        const written = upper ? name.toUpperCase() : name;
        for (const around of [written, `a/${written}`, `https://x.example/v1/${written}?b=c`, `gs://b/${written}/d`]) {
          expect(referenceKeys(around)).toContain(registeredKey(name));
          expect(referenceKeys(encodeURIComponent(encodeURIComponent(around)))).toContain(registeredKey(name));
        }
      }),
    );
  });

  it.each([
    'https:\\\\mcp.example\\sse',
    'https://mcp\u3002example/sse',
    'https://m\u00adcp.example',
    'https://m\tcp.example/',
    ' \nhttps:mcp.example',
    'https://user@mcp.example.:8443/',
  ])('holds the host that %j leads to', (address) => expect(referenceKeys(address)).toContain('mcp.example'));

  it('holds a host in both of its spellings, and an address of numbers in its one', () => {
    for (const address of ['https://b\u00fccher.example/', 'https://xn--bcher-kva.example/']) {
      expect([...referenceKeys(address)]).toEqual(
        expect.arrayContaining(['b\u00fccher.example', 'xn--bcher-kva.example']),
      );
    }
    expect(referenceKeys('http://0x0a000005/')).toContain('10.0.0.5');
  });

  it('takes another form of a letter for the letter', () => {
    expect(referenceKeys('\uff36S_1')).toContain('vs_1');
  });
});

describe('valueKeys()', () => {
  it.each([
    '["kb_1"]',
    "['a', 'kb_1']",
    '{"id": "KB_1"}',
    '[\\"kb_1\\"]',
    '["\\u006bb_1"]',
    'a|kb_1',
    '%5B%22kb_1%22%5D',
    'x/kb_1',
  ])('holds the name within %s', (value) => expect(valueKeys(value)).toContain('kb_1'));

  it('holds a name with such characters as it stands', () => {
    expect(valueKeys('kb(1)')).toContain('kb(1)');
  });
});

describe('readingsOf()', () => {
  const escaped = (text: string) =>
    [...text].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  const ways = [
    (text: string) => text,
    escaped,
    encodeURIComponent,
    (text: string) => JSON.stringify(text),
    (text: string) => text.replaceAll(/./gs, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`),
  ];

  it('shows a name through any two layers of escapes', () => {
    const name = fc.stringMatching(/^[a-z0-9_-]{4,20}$/);
    fc.assert(
      fc.property(name, fc.constantFrom(...ways), fc.constantFrom(...ways), (text, inner, outer) => {
        expect(readingsOf(outer(inner(text))).some((reading) => reading.includes(text))).toBe(true);
      }),
    );
  });
});
