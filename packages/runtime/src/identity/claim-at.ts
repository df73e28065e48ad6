/** What a token says, as it was parsed. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * The value at a path: names between dots, or a JSON pointer (RFC 6901) where names hold dots themselves. What a token inherits
 * from no claim of its own, such as `constructor`, is not there.
 */
export function claimAt(claims: Claims, path: string): unknown {
  const steps = path.startsWith('/')
    ? path
        .slice(1)
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    : path.split('.');
  let value: unknown = claims;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Claims)[step];
  }
  return value;
}
