export interface AlternativeName {
  /** As node calls it: `DNS`, `URI`, `IP Address`, `email`. */
  readonly type: string;
  readonly name: string;
}

/** One entry: its type, then a JSON string where the name holds something that could be taken for a separator, else the name. */
const ENTRY = /^([A-Za-z ]{1,32}):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/;
const ENTRIES_MAX = 1_000;

/**
 * Reads node's text of a certificate's alternative names. A name with a comma or a quote in it stands there as a JSON string (node 16.13.2 and
 * later, after CVE-2021-44532), so that none can pass for two. What cannot be read has no names at all.
 */
export function alternativeNames(text: string): readonly AlternativeName[] {
  const names: AlternativeName[] = [];
  let rest = text;
  while (rest !== '') {
    const entry = ENTRY.exec(rest);
    const name = entry === null ? undefined : nameIn(entry[2] ?? '');
    if (entry === null || name === undefined || names.length >= ENTRIES_MAX) return [];
    names.push({ type: entry[1] ?? '', name });
    rest = rest.slice(entry[0].length);
  }
  return names;
}

function nameIn(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}
