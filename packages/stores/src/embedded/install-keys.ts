import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SallyportError } from '@sallyport/core';
import { ensureDataFolder, guarded } from './data-folder.ts';
import { publishFile } from './publish-file.ts';
import { createFile, replaceFile } from './write-file.ts';

const SECRETS_FILE = 'install.json';
const ADMIN_TOKEN_FILE = 'admin-token.json';
const PUBLIC_KEY_FILE = 'log-public-key.pem';

/** Origin names as a signed note can carry them: printable ASCII, no space, no plus sign. */
const ORIGIN = /^[!-*,-~]{1,128}$/;

export interface InstallOptions {
  /** Name of the log's origin, 1..128 printable ASCII characters without space and `+`; only the first start may choose it. Default `sallyport/<random>`. */
  readonly origin?: string;
}

/** The secrets of one install. They never leave the process; `publicKey` is what an auditor needs. */
export interface InstallKeys {
  readonly origin: string;
  /** For fingerprints of matches and bodies, 32 bytes. */
  readonly fingerprintKey: Uint8Array;
  /** Seals what approvals hold, 32 bytes. */
  readonly approvalKey: Uint8Array;
  /** Seals what tools are called that were pinned, 32 bytes. */
  readonly toolKey: Uint8Array;
  /** For hashes of what subjects of content are called, 32 bytes. */
  readonly subjectKey: Uint8Array;
  /** For placeholders that stay the same, 32 bytes. */
  readonly pseudonymKey: Uint8Array;
  /** For the badges of drills, 32 bytes. */
  readonly drillKey: Uint8Array;
  /** Seals what authorizes the gateway at MCP servers, 32 bytes. */
  readonly authorizationKey: Uint8Array;
  /** Seals where what is in memories came from, 32 bytes. */
  readonly memoryKey: Uint8Array;
  /** Ed25519; signs the heads of the log. */
  readonly signingKey: KeyObject;
  readonly publicKey: KeyObject;
  /** HMAC-SHA-256 of a gateway key's secret, hexadecimal: what `StoredKey.hmac` holds. */
  hashCredential(secret: string): string;
  /** The same of an operator's token, with a key of its own. */
  hashOperatorToken(token: string): string;
  /** Makes the admin token if there is none yet, and returns it then and only then: only its hash is kept. */
  ensureAdminToken(): string | undefined;
  /** Replaces the admin token, for one that was lost or seen. */
  resetAdminToken(): string;
  /** Compares in constant time; follows a reset by another process. Reads a small file: 20 us. */
  isAdminToken(candidate: string): boolean;
}

interface Secrets {
  readonly origin: string;
  readonly root: Buffer;
  readonly signingKey: KeyObject;
}

/**
 * Reads the secrets of a data folder, or makes them at the first start. Of several processes that start at once, one makes
 * them and all read the same. Files are readable by their owner alone, but for the public key, and written atomically.
 * @throws {SallyportError} `STORE_BROKEN` when they cannot be read or written, or `origin` is not the one that the log has
 */
export function openInstallKeys(dataFolder: string, options: InstallOptions = {}): InstallKeys {
  const folder = ensureDataFolder(dataFolder);
  const secrets = guarded(join(folder, SECRETS_FILE), () => readSecrets(folder, options));
  if (options.origin !== undefined && options.origin !== secrets.origin) {
    throw new SallyportError('STORE_BROKEN', { detail: `this log's origin is \`${secrets.origin}\`, not another` });
  }
  const publicKey = createPublicKey(secrets.signingKey);
  publishFile(folder, PUBLIC_KEY_FILE, publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const hasher = (use: string) => {
    const key = derive(secrets.root, use);
    return (secret: string) => createHmac('sha256', key).update(secret).digest('hex');
  };
  const token = adminToken(join(folder, ADMIN_TOKEN_FILE), derive(secrets.root, 'admin-token'));
  return {
    origin: secrets.origin,
    fingerprintKey: derive(secrets.root, 'fingerprint'),
    approvalKey: derive(secrets.root, 'approval'),
    toolKey: derive(secrets.root, 'tool'),
    subjectKey: derive(secrets.root, 'subject'),
    pseudonymKey: derive(secrets.root, 'pseudonym'),
    drillKey: derive(secrets.root, 'drill'),
    authorizationKey: derive(secrets.root, 'authorization'),
    memoryKey: derive(secrets.root, 'memory'),
    signingKey: secrets.signingKey,
    publicKey,
    hashCredential: hasher('credential'),
    hashOperatorToken: hasher('operator-token'),
    ...token,
  };
}

function readSecrets(folder: string, { origin }: InstallOptions): Secrets {
  const path = join(folder, SECRETS_FILE);
  if (!existsSync(path)) {
    if (origin !== undefined && !ORIGIN.test(origin)) {
      throw new SallyportError('CONFIG_INVALID', {
        detail: 'a log origin is 1 to 128 ASCII characters, no space, no +',
      });
    }
    createFile(path, newSecrets(origin ?? `sallyport/${randomBytes(8).toString('hex')}`));
  }
  const found = readObject(path);
  const root = Buffer.from(String(found.root), 'base64');
  const signingKey = createPrivateKey(String(found.signingKey));
  const name = String(found.origin);
  if (root.length !== 32 || signingKey.asymmetricKeyType !== 'ed25519' || !ORIGIN.test(name)) {
    throw new SallyportError('STORE_BROKEN', { detail: `${path} does not hold an install's secrets` });
  }
  return { origin: name, root, signingKey };
}

/** The parser's own error is dropped: it quotes what it could not read. */
function readObject(path: string): { readonly [name: string]: unknown } {
  const text = readFileSync(path, 'utf8');
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found === 'object' && found !== null) return found as { readonly [name: string]: unknown };
  } catch {
    // Said below, for every text that is not an object.
  }
  throw new SallyportError('STORE_BROKEN', { detail: `${path} is not a JSON object` });
}

function newSecrets(origin: string): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return JSON.stringify({
    v: 1,
    origin,
    root: randomBytes(32).toString('base64'),
    signingKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    createdAt: new Date().toISOString(),
  });
}

/** One root, and a key for each use that says nothing about the others. */
function derive(root: Buffer, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), `sallyport/${use}/v1`, 32));
}

type AdminToken = Pick<InstallKeys, 'ensureAdminToken' | 'resetAdminToken' | 'isAdminToken'>;

function adminToken(path: string, key: Buffer): AdminToken {
  const digest = (token: string) => createHmac('sha256', key).update(token).digest();
  const fresh = () => {
    const token = `spa_${randomBytes(24).toString('base64url')}`;
    return { token, text: JSON.stringify({ v: 1, hmac: digest(token).toString('hex') }) };
  };
  return {
    ensureAdminToken: () =>
      guarded(path, () => {
        if (existsSync(path)) return undefined;
        const { token, text } = fresh();
        return createFile(path, text) ? token : undefined;
      }),
    resetAdminToken: () =>
      guarded(path, () => {
        const { token, text } = fresh();
        replaceFile(path, text);
        return token;
      }),
    isAdminToken: (candidate) =>
      guarded(path, () => {
        if (!existsSync(path)) return false;
        const { hmac } = readObject(path);
        const kept = Buffer.from(String(hmac), 'hex');
        const given = digest(candidate);
        return kept.length === given.length && timingSafeEqual(kept, given);
      }),
  };
}
