/**
 * An address as the URL standard reads it, or nothing where it is none. Not by `URL.canParse()`: once V8 has optimised a call of it, that of
 * Node.js 20 takes no text with letters of Latin-1.
 */
export function readUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
