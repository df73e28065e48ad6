import { SINK_ROLES, type SinkRole } from '@sallyport/core';
import names from './sink-names.json' with { type: 'json' };

const roleByName = new Map<string, SinkRole>(
  SINK_ROLES.flatMap((role) => names[role].map((name): [string, SinkRole] => [name, role])),
);

/** Words of an identifier, lower case: `userEmail`, `user_email` and `user-email` are `user`, `email`. */
export function wordsOfName(name: string): readonly string[] {
  return (
    name
      .slice(0, 128)
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/**
 * The role that a name tells: the whole of it, else its last word, else its first that tells one. An address of a place in a
 * program's memory or a list is not told apart from one of a person: overrides are for that.
 */
export function roleOfName(name: string): SinkRole | undefined {
  const words = wordsOfName(name);
  const known = roleByName.get(words.join('_'));
  if (known !== undefined) return known;
  for (let at = words.length - 1; at >= 0; at--) {
    const role = roleByName.get(words[at] as string);
    if (role !== undefined) return role;
  }
  return undefined;
}
