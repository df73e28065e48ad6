import { describe, expect, it } from 'vitest';
import { FORMATS } from './formats.ts';

const label = 'a'.repeat(63);
const name253 = `${label}.${label}.${label}.${'a'.repeat(61)}`;

/** Texts that are of a format, and texts that nearly are. */
const CASES: Record<string, readonly [good: readonly string[], bad: readonly string[]]> = {
  date: [
    ['2026-11-28', '2024-02-29', '2000-02-29', '0000-01-01', '9999-12-31'],
    [
      '2026-02-29',
      '1900-02-29',
      '2026-13-01',
      '2026-00-10',
      '2026-04-31',
      '2026-1-1',
      '26-11-28',
      '2026-11-28Z',
      '২০২৬-11-28',
      '',
    ],
  ],
  time: [
    [
      '08:30:06Z',
      '08:30:06.283185z',
      '23:59:60Z',
      '15:59:60-08:00',
      '01:29:60+01:30',
      '23:59:60-00:00',
      '00:00:00+23:59',
    ],
    [
      '08:30:06',
      '24:00:00Z',
      '08:60:00Z',
      '08:30:61Z',
      '22:59:60Z',
      '23:58:60Z',
      '15:59:60+08:00',
      '08:30:06+24:00',
      '08:30:06+00:60',
      '08:30:06.Z',
      '8:30:06Z',
      '08:30Z',
      '08:30:06 Z',
    ],
  ],
  'date-time': [
    ['1963-06-19T08:30:06.283185Z', '1990-12-31T15:59:60.123-08:00', '2026-11-28t01:02:03z'],
    [
      '2026-11-28 01:02:03Z',
      '2026-11-28',
      '2026-11-28T01:02:03',
      '2026-02-30T01:02:03Z',
      '2026-11-28T24:00:00Z',
      '2026-332T01:02:03Z',
      '2026-11-28T01:02:03Zz',
    ],
  ],
  email: [
    [
      'joe.bloggs@example.com',
      'te~st@example.com',
      '~t@x.io',
      '"joe bloggs"@example.com',
      '"joe..\\"b@c"@example.com',
      'a@[127.0.0.1]',
      'a@[IPv6:::1]',
      'a@localhost',
      `${'a'.repeat(64)}@b.example`,
    ],
    [
      '2962',
      '@example.com',
      'a@',
      '.a@example.com',
      'a.@example.com',
      'a..b@example.com',
      'a b@example.com',
      'a@b@example.com',
      'a@-b.example',
      'a@b_c.example',
      'a@[127.0.0.300]',
      'a@[::1]',
      'a@127.0.0.1]',
      'Joe <a@b.example>',
      'a@b.example\n',
      'é@b.example',
      `${'a'.repeat(65)}@b.example`,
      `a@${name253}`,
    ],
  ],
  uri: [
    [
      'http://foo.bar/?baz=qux#quux',
      'urn:oasis:names:specification',
      'mailto:a@b.example',
      'http://a:b@c.example:8080/%41?x[]=1'.replace('[]', ''),
      'http://[2001:db8::7]/c',
      'http://[v1.x:y]',
      'file:///etc',
      'tel:+1-816-555-1212',
      'a:',
      "http://-.~_!$&'()*+,;=:%40:80%2f::::::@example.com",
      'http://example.com:/',
    ],
    [
      '//foo.bar',
      '/abc',
      'abc',
      '',
      '1a:b',
      ':a',
      'http://a b',
      'http://a/\\b',
      'http://a/%4',
      'http://a/%zz',
      'http://a/#b#c',
      'http://a:port/',
      'http://[::1',
      'http://[1::2::3]/',
      'http://a[b]/',
      'http://é.example',
      'http://a/<b>',
      'http://a/\n',
      'http://a/"',
      'http://a/{b}',
    ],
  ],
  uuid: [
    [
      '2eb8aa08-aa98-11ea-b4aa-73b441d16380',
      '2EB8AA08-AA98-11EA-B4AA-73B441D16380',
      '00000000-0000-0000-0000-000000000000',
    ],
    [
      '2eb8aa08-aa98-11ea-b4aa-73b441d1638',
      '2eb8aa08aa9811eab4aa73b441d16380',
      '{2eb8aa08-aa98-11ea-b4aa-73b441d16380}',
      '2eb8aa08-aa98-11ea-b4aa-73b441d1638g',
      '2eb8aa08-aa98-11ea-b4aa-73b441d16380\n',
    ],
  ],
  ipv4: [
    ['192.168.0.1', '0.0.0.0', '255.255.255.255'],
    ['127.0.0.0.1', '256.0.0.1', '127.0', '0x7f.0.0.1', '2130706433', '087.10.0.1', '1.2.3.4 ', '1.2.3.', '১.2.3.4'],
  ],
  ipv6: [
    [
      '::',
      '::1',
      '1::',
      '1:2:3:4:5:6:7:8',
      '1::3:4:5:6:7:8',
      '::ffff:192.168.0.1',
      '1:2:3:4:5:6:1.2.3.4',
      'FE80::abcd',
    ],
    [
      '12345::',
      ':1',
      '1:',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1::2::3',
      ':::',
      '::1::',
      '1:2:3:4:5:6:7::8:9',
      '1.2.3.4',
      '1:2:3:4:5:6:7:1.2.3.4',
      '::1.2.3',
      '::1.2.3.400',
      '1.2.3.4::',
      '::1%eth0',
      '::1/64',
      'g::',
      ' ::1',
      '1:2:3:4::5:6:7:8',
    ],
  ],
  hostname: [
    ['www.example.com', 'localhost', 'xn--4gbwdl.xn--wgbh1c', '1.2.3.4', 'a-b.c', label, name253],
    ['-a.b', 'a-.b', 'a_b', 'a..b', '.a', 'a.', '', `${label}a`, `${name253}a`, 'é.example', 'a b', 'a.example\n'],
  ],
};

describe('FORMATS', () => {
  it('are those that are tried here', () => {
    expect([...FORMATS.keys()].sort()).toEqual(Object.keys(CASES).sort());
  });

  it.each(Object.entries(CASES))(
    'take for `%s` what its specification takes, and nothing else',
    (format, [good, bad]) => {
      const isOne = FORMATS.get(format) ?? (() => undefined);
      expect(good.filter((text) => !isOne(text))).toEqual([]);
      expect(bad.filter((text) => isOne(text))).toEqual([]);
    },
  );

  it('read long texts to their end or not at all', () => {
    const long = 'a'.repeat(1_000_000);
    const taken = [...FORMATS].flatMap(([format, isOne]) => (isOne(long) || isOne(`${long}@${long}`) ? [format] : []));
    expect(taken).toEqual([]);
    expect(FORMATS.get('uri')?.(`a:${'%41/'.repeat(250_000)}`)).toBe(true);
    expect(FORMATS.get('uri')?.(`a:${'%41/'.repeat(250_000)} `)).toBe(false);
  });
});
