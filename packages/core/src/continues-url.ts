/** How far back the beginning of a URL is looked for, in characters. */
export const URL_LOOKBACK_CHARS = 2_048;

/** What ends an address that stands in plain text. */
const ENDS_ADDRESS = /[\s"'<>]/;
/** An unbroken run that holds the beginning of an address. */
const ADDRESS =
  /[a-z0-9+.-]:\/\/|(?:https?|ftp|wss?|file|blob|mailto|sms|tel|data|javascript):|www\.|\][(:]|url\(|(?:href|src)=|^\/\//i;
/** Beginnings after which an address may hold spaces: `](<` and `]: <` of Markdown, attributes that name one, `url("`. */
const SPACED =
  /(?:\](?:\(|:)\s{0,8}<(?:[^<>\n\\]|\\.)*|(?:href|src|srcset|action|formaction|poster|data|background|style|cite|ping|content)\s{0,8}=\s{0,8}(?:"[^"]*|'[^']*)|url\(\s{0,8}(?:"[^"]*|'[^']*))$/i;
/** What stands before the address of a Markdown definition, which may be a path or begin with the host. */
const DEFINITION = /\]:\s{0,8}$/;
const DEFINITION_MAX_CHARS = 10;

/**
 * Whether text that follows `before` would be part of a URL or of a link's target. Where an unbroken run began too long ago
 * to be seen, it is taken for one.
 * Cost: O(1), at most some tens of microseconds.
 */
export function continuesUrl(before: string): boolean {
  const near = before.slice(-URL_LOOKBACK_CHARS);
  let from = near.length;
  while (from > 0 && !ENDS_ADDRESS.test(near[from - 1] ?? '')) from -= 1;
  if (from === 0 && near.length === URL_LOOKBACK_CHARS) return true;
  const run = near.slice(from);
  return (
    ADDRESS.test(run) ||
    SPACED.test(near) ||
    DEFINITION.test(near.slice(Math.max(0, from - DEFINITION_MAX_CHARS), from))
  );
}
