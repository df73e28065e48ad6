import { SUBJECT_KINDS, type Subject } from '@sallyport/core';

/** Characters of a subject's name. */
const NAME_MAX_CHARS = 1_024;
const USER = /^[^/]+\/(?:user|service|agent)\/./;

/** Reads `user:<tenant>/<kind>/<id>`, `session:<id>` or `tenant:<name>`; undefined for anything else. */
export function parseSubject(text: string): Subject | undefined {
  const at = text.indexOf(':');
  const kind = SUBJECT_KINDS.find((known) => known === text.slice(0, at));
  const name = text.slice(at + 1);
  if (kind === undefined || name === '' || name.length > NAME_MAX_CHARS) return undefined;
  return kind === 'user' && !USER.test(name) ? undefined : { kind, name };
}
