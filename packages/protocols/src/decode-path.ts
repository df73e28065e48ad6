/** A part of a path without its percent-encoding; `undefined` when it has none that is valid. */
export function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
