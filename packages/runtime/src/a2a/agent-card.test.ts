import { Buffer } from 'node:buffer';
import { isFault } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { CARD_MAX_SKILLS, definitionsOf, offeredCard, readCard } from './agent-card.ts';

const LIMITS = { maxDepth: 16, maxNodes: 100_000 };
const skill = (id: string) => ({ id, name: id, description: `Does ${id}.`, tags: [] });
const CARD = { name: 'Travel', description: 'Books trips.', protocolVersion: '0.3.0', skills: [skill('book')] };

const read = (card: object | string) =>
  readCard(Buffer.from(typeof card === 'string' ? card : JSON.stringify(card)), LIMITS);
function cardOf(card: object) {
  const known = read(card);
  if (isFault(known)) throw new Error('the card of a test is not read');
  return known;
}
const skills = (count: number) => Array.from({ length: count }, (_, at) => skill(`s${at}`));

describe('readCard()', () => {
  it('reads as many skills as the bound, and none of one with more', () => {
    expect(cardOf({ ...CARD, skills: skills(CARD_MAX_SKILLS) }).value.skills).toHaveLength(CARD_MAX_SKILLS);
    expect(read({ ...CARD, skills: skills(CARD_MAX_SKILLS + 1) })).toMatchObject({
      fault: 'BODY_SHAPE',
      at: '/skills',
    });
  });

  it.each([
    ['no object', '[]'],
    ['half a card', '{"name":'],
    ['a card that closes what it is wrapped in', '{"name":"x","skills":[]},"method":"x"'],
    ['a name twice', '{"name":"x","name":"y","skills":[]}'],
    ['no name', '{"skills":[]}'],
    ['a skill without an id', '{"name":"x","skills":[{"name":"y"}]}'],
    ['nesting beyond the limit', `{"name":"x","skills":[],"deep":${'['.repeat(20)}${']'.repeat(20)}}`],
  ])('refuses %s', (_what, text) => {
    expect(isFault(read(text))).toBe(true);
  });

  it.each([
    [{ protocolVersion: '0.3.0' }, ['0.3']],
    [{ protocolVersion: '0.2.6' }, []],
    [{ protocolVersion: '0.3.0', preferredTransport: 'GRPC' }, []],
    [
      { protocolVersion: '0.3.0', preferredTransport: 'GRPC', additionalInterfaces: [{ transport: 'JSONRPC' }] },
      ['0.3'],
    ],
    [
      { protocolVersion: undefined, supportedInterfaces: [{ protocolBinding: 'JSONRPC', protocolVersion: '1.0' }] },
      ['1.0'],
    ],
    [{ protocolVersion: undefined, supportedInterfaces: [{ protocolBinding: 'GRPC', protocolVersion: '1.0' }] }, []],
  ])('knows the versions that are spoken over JSON-RPC: %j', (more, versions) => {
    expect([...cardOf({ ...CARD, ...more }).versions]).toEqual(versions);
  });
});

describe('definitionsOf()', () => {
  const fingerprints = (card: object) =>
    new Map(definitionsOf(cardOf(card)).map((one) => [one.name, JSON.stringify(one)] as const));
  const changedBy = (more: object) => {
    const [before, after] = [fingerprints(CARD), fingerprints({ ...CARD, ...more })];
    return [...after].filter(([name, json]) => before.get(String(name)) !== json).map(([name]) => name);
  };

  it.each([
    [{ description: 'Books trips, and more.' }, ['send_message']],
    [{ url: 'https://elsewhere.example/' }, ['send_message']],
    [{ capabilities: { streaming: true } }, ['send_message']],
    [{ securitySchemes: { key: { type: 'apiKey' } } }, ['send_message']],
    [{ skills: [{ ...skill('book'), tags: ['pay'] }] }, ['skill:book']],
    [{ skills: [skill('book'), skill('pay')] }, ['send_message', 'skill:pay']],
    [{ signatures: [{ protected: 'x', signature: 'y' }] }, []],
  ])('has another one for whatever says something else: %j', (more, names) => {
    expect(changedBy(more)).toEqual(names);
  });
});

describe('offeredCard()', () => {
  it('names the address of the gateway and no other one, whatever the card says', () => {
    const card = {
      ...CARD,
      url: 'https://elsewhere.example/',
      additionalInterfaces: [{ url: 'https://elsewhere.example/grpc', transport: 'GRPC' }],
      supportedInterfaces: [{ url: 'https://elsewhere.example/', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
      capabilities: { streaming: true, pushNotifications: true, extendedAgentCard: true },
      signatures: [{ protected: 'x', signature: 'y' }],
    };
    const url = 'https://gateway.example/a2a/travel';
    const offered = offeredCard(cardOf(card), url);
    expect(JSON.stringify(offered)).not.toMatch(/elsewhere|signature/);
    expect(offered).toMatchObject({
      url,
      capabilities: { streaming: true, pushNotifications: false },
      supportedInterfaces: [
        { url, protocolVersion: '1.0' },
        { url, protocolVersion: '0.3' },
      ].slice(0, 2),
    });
  });
});
