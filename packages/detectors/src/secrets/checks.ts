import {
  carriesBase58Checksum,
  carriesBech32Checksum,
  carriesChecksum,
  carriesGrafanaChecksum,
  carriesRoutableChecksum,
  carriesStellarChecksum,
} from './checksum.ts';
import { characterKinds, entropyBits, isPlaceholder, isPlainWord, wordiness } from './value-shape.ts';

/** Judges a value that a rule's expression accepted: its score, 0 for "not a secret". `score` is the rule's own. */
export type Check = (value: string, score: number) => number;

const VERIFIED = 0.99;
/** A value of the right form whose checksum is wrong is a typing error or made up. */
const BAD_CHECKSUM = 0.6;

/** A token that claims to be unsigned proves nothing to anyone. */
const UNSIGNED = 0.5;

const UUID = /^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/i;
const NUMBER_LIKE = /^[0-9.,:/%+-]*$/;
const CODE_PATH = /^(?:process|os|env|self|this|config|settings|req|request|params|ctx|import)\./i;
const CODE_LIKE = /[({[\]})]|::|->|\.\.|^[.$/\\@&*]|^https?:|:\/\//i;

export const CHECKS: Readonly<Record<string, Check>> = {
  plain: (_value, score) => score,
  'crc32-base62': (token) => (carriesChecksum(token) ? VERIFIED : BAD_CHECKSUM),
  // Without its last characters it is a token of GitLab's plain form, which must not be what is kept of it.
  'crc32-base36': (token, score) => (carriesRoutableChecksum(token) ? VERIFIED : score),
  'crc32-hex': (token) => (carriesGrafanaChecksum(token) ? VERIFIED : BAD_CHECKSUM),
  bech32: (key) => (carriesBech32Checksum(key) ? VERIFIED : BAD_CHECKSUM),
  // Their forms alone say too little: 52 letters and digits, or 56 capitals, may be anything.
  base58: (key) => (carriesBase58Checksum(key) ? VERIFIED : 0),
  stellar: (seed) => (carriesStellarChecksum(seed) ? VERIFIED : 0),
  snowflake: snowflakeScore,
  mixed: (value, score) => (/[0-9]/.test(value) && /[A-Za-z]/.test(value) && wordiness(value) < 0.6 ? score : 0),
  random: (value, score) => (wordiness(value) < 0.5 ? score : score - 0.35),
  'azure-key': (value, score) => ([32, 64].includes(Buffer.from(value, 'base64').length) ? score : 0),
  jwt: jwtScore,
  basic: basicScore,
  token: tokenScore,
  password: passwordScore,
  'command-password': commandPasswordScore,
  'url-password': urlPasswordScore,
};

/** A password that is made of words is as likely an example: `old-password` before `@localhost`. */
function urlPasswordScore(password: string, score: number): number {
  if (isPlainWord(password) || /^[$%<{[(*]/.test(password)) return 0;
  return /pass/i.test(password) && wordiness(password) > 0.8 ? 0.4 : score;
}

function jwtScore(token: string, score: number): number {
  const [header = '', claims = ''] = token.split('.', 2);
  const decoded = parseObject(header);
  if (decoded === undefined || typeof decoded.alg !== 'string') return 0;
  if (decoded.alg === 'none') return UNSIGNED;
  return parseObject(claims) === undefined ? score - 0.2 : 0.97;
}

/** A Discord token begins with the decimal id of its owner; one that doesn't is a typing error or made up. */
function snowflakeScore(token: string, score: number): number {
  const owner = Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString('latin1');
  return /^[0-9]{17,20}$/.test(owner) ? score : BAD_CHECKSUM;
}

function parseObject(base64url: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function basicScore(base64: string, score: number): number {
  const decoded = Buffer.from(base64, 'base64').toString('latin1');
  if (/^[ -~]{0,128}:[ -~]{1,128}$/.test(decoded)) return score;
  // Passwords may be UTF-8 (RFC 7617, section 2.1); what is short decodes to such bytes by chance.
  return /^[!-~]{4,128}:[ -~\x80-\xff]{12,128}$/.test(decoded) ? score - 0.1 : 0;
}

/** Keys and tokens that only their name gives away: graded by how much they look drawn at random. */
function tokenScore(value: string): number {
  if (UUID.test(value)) return 0.6;
  if (CODE_PATH.test(value)) return 0;
  const drawnFrom = /[0-9]/.test(value) ? /[A-Za-z]/.test(value) : value.length >= 24 && characterKinds(value) >= 2;
  if (!drawnFrom || wordiness(value) >= 0.5 || value.endsWith('..')) return 0;
  const bits = entropyBits(value);
  if (bits < 2.9) return 0;
  if (value.length < 16) return characterKinds(value.replace(/[^A-Za-z0-9]/g, '')) === 3 ? 0.5 : 0;
  return Math.min(0.85, 0.6 + (bits * value.length - 48) / 400);
}

/** Passwords by name: anything that is not a word, a number, a path or code. */
function passwordScore(value: string): number {
  if (value.length < 5 || isPlainWord(value) || isPlaceholder(value) || CODE_LIKE.test(value) || CODE_PATH.test(value))
    return 0;
  if (NUMBER_LIKE.test(value)) return /^[0-9]{6,}$/.test(value) ? 0.4 : 0;
  const kinds = characterKinds(value);
  if (kinds < 2 || (!/[0-9!#$%&*+=?@^~|]/.test(value) && (value.length < 12 || wordiness(value) > 0.4))) return 0;
  return Math.min(0.9, 0.5 + (entropyBits(value) * value.length) / 250 + (kinds - 2) * 0.08);
}

/** On a command line even letters alone are a password, where their case changes as no word's does. */
function commandPasswordScore(value: string): number {
  const changes = value.match(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g)?.length ?? 0;
  return passwordScore(value) || (value.length >= 10 && changes >= 4 && /^[A-Za-z]*$/.test(value) ? 0.6 : 0);
}
