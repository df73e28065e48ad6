import type { Principal } from '@sallyport/core';
import type { KeyConfig } from './config.ts';
import { type PemContext, readPem, thumbprintOf } from './pem-file.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import { Secret } from './secret.ts';
import { checked, readSecret, type SecretContext } from './secret-source.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const VARIABLE = 'SALLYPORT_KEYS';

type KeyOptions = ConfigFile['keys'];

/** The gateway keys that configuration holds: those of `SALLYPORT_KEYS`, with what the file says of them, and the file's own. */
export function resolveKeys(options: KeyOptions, context: SecretContext & PemContext): readonly KeyConfig[] {
  const { report } = context;
  const named = parseKeys(context.env[VARIABLE], report);
  const all = new Map<string, Secret>(named);
  for (const [name, { secret: source }] of Object.entries(options)) {
    const path = ['keys', name];
    if (source === undefined) {
      if (!all.has(name)) report({ path }, `has no \`secret\`, and \`${VARIABLE}\` holds no key of this name`);
      continue;
    }
    if (named.has(name)) report({ path: [...path, 'secret'] }, `\`${VARIABLE}\` holds a key of this name already`);
    const secret = readSecret(source, context);
    if (secret instanceof Secret) all.set(name, secret);
    else report({ path: [...path, 'secret'] }, secret.message);
  }
  reportShared(all, report);
  return Array.from(all, ([name, secret]) => ({ name, secret, ...resolveKey(name, options[name], context) }));
}

/** Of two keys with one secret nobody could say whose a request is. */
function reportShared(all: ReadonlyMap<string, Secret>, report: Report): void {
  const owners = new Map<string, string>();
  for (const [name, secret] of all) {
    const other = owners.get(secret.reveal());
    if (other === undefined) owners.set(secret.reveal(), name);
    else report({ path: ['keys', name] }, `has the secret of the key \`${other}\``);
  }
}

function resolveKey(
  name: string,
  options: KeyOptions[string] | undefined,
  context: PemContext,
): Omit<KeyConfig, 'name' | 'secret'> {
  const { kind = 'service', tenant = 'default', groups = [], scope, expiresAt, certificate: file } = options ?? {};
  const path = ['keys', name, 'certificate'];
  const bound = file === undefined ? undefined : readPem('certificate', { file, path }, context);
  const principal: Principal = { kind, id: name, tenant, groups };
  return {
    principal,
    ...(scope !== undefined && { scope }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(bound !== undefined && { certificate: thumbprintOf(bound.read) }),
  };
}

/** Reads `name:secret,name:secret`. A secret may hold colons, never commas. */
function parseKeys(text: string | undefined, report: Report): ReadonlyMap<string, Secret> {
  const keys = new Map<string, Secret>();
  const entries = (text ?? '').split(',').map((entry) => entry.trim());
  for (const [index, entry] of entries.entries()) {
    if (entry === '') continue;
    const place = `entry ${index + 1}`;
    const wrong = (message: string) => report({ variable: VARIABLE }, message);
    const colon = entry.indexOf(':');
    const name = entry.slice(0, Math.max(0, colon));
    const secret = checked(entry.slice(colon + 1), place);
    if (colon < 1) wrong(`${place} must have the form \`name:secret\``);
    else if (!NAME.test(name)) wrong(`${place} has a name other than 1 to 63 of \`a-z 0-9 . _ -\``);
    else if ('message' in secret) wrong(secret.message);
    else if (keys.has(name)) wrong(`${place} repeats a name`);
    else keys.set(name, secret);
  }
  return keys;
}
