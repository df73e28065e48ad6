import { describe, expect, it } from 'vitest';
import { overrideFor, readOverrides } from './tool-overrides.ts';

describe('readOverrides()', () => {
  it('takes what it knows', () => {
    const document = {
      send_money: {
        effect: 'write',
        outward: true,
        roles: { recipient: 'destination' },
        allow: { recipient: ['DE89'] },
      },
      'directory_*': {
        integrity: 'trusted',
        readers: 'public',
        fields: { note: { integrity: 'untrusted', shape: 'free' } },
      },
    };
    expect(readOverrides(document)).toEqual({ overrides: document });
  });

  it('names everything that is wrong, with its place', () => {
    const document = {
      a: { efect: 'read', effect: 'reed', roles: { to: 'target' } },
      b: { fields: { x: { shape: 'long', kind: 1 } }, allow: { to: 'all' }, integrity: 'user' },
      c: 7,
    };
    expect(readOverrides(document)).toEqual({
      problems: [
        { path: 'a.efect', message: 'is not known' },
        { path: 'a.effect', message: 'must be one of read, write' },
        { path: 'a.roles.to', message: 'must be one of destination, credential, object, content, param, code' },
        { path: 'b.fields.x.shape', message: 'must be one of atom, free' },
        { path: 'b.fields.x.kind', message: 'is not known' },
        { path: 'b.allow.to', message: 'must be a list of strings that are not empty' },
        { path: 'b.integrity', message: 'must be one of trusted, third-party, untrusted' },
        { path: 'c', message: 'must be an object' },
      ],
    });
  });

  it('stops at 100 problems', () => {
    const read = readOverrides(Object.fromEntries([...Array(101)].map((_, n) => [`t${n}`, 1])));
    expect('problems' in read && read.problems.length).toBe(100);
  });
});

describe('overrideFor()', () => {
  it('prefers the whole name, then takes the first prefix', () => {
    const overrides = {
      'send_*': { outward: true },
      '*': { outward: false },
      send_money: { effect: 'write' as const },
    };
    expect(overrideFor(overrides, 'send_money')).toBe(overrides.send_money);
    expect(overrideFor(overrides, 'send_mail')).toBe(overrides['send_*']);
    expect(overrideFor(overrides, 'toString')).toBe(overrides['*']);
    expect(overrideFor({}, 'toString')).toBeUndefined();
  });
});
