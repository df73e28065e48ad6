/** Names as one key, each with its length before it: no other names make the same. */
export function counterKey(names: readonly string[]): string {
  let key = '';
  for (const name of names) key += `${name.length}:${name}`;
  return key;
}

/** The names of a key; what is no key has none. */
export function namesOf(key: string): readonly string[] {
  const names: string[] = [];
  for (let at = 0; at < key.length; ) {
    const colon = key.indexOf(':', at);
    const length = colon <= at ? Number.NaN : Number(key.slice(at, colon));
    const end = colon + 1 + length;
    if (!Number.isInteger(length) || length < 0 || end > key.length) return [];
    names.push(key.slice(colon + 1, end));
    at = end;
  }
  return names;
}
