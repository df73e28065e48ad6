import { visibleText } from '@sallyport/text';

/** Deeper levels are not indented any further: white space must not grow with the square of the text. */
export const INDENTED_LEVELS_MAX = 32;

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/**
 * Arguments of a call as people read them: JSON with a member a line, strings without needless escapes, and everything
 * that hides written out. Nothing is read and written anew: numbers keep their digits, a member that comes twice stands
 * there twice, and the order is that of the call. What is no JSON is shown as it stands.
 * Cost: O(n).
 */
export function shownArguments(text: string): string {
  return visibleText(isJson(text) ? indented(text) : text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function indented(json: string): string {
  let depth = 0;
  let before = '';
  let shown = '';
  const line = () => `\n${'  '.repeat(Math.min(depth, INDENTED_LEVELS_MAX))}`;
  for (const [token] of json.matchAll(TOKEN)) {
    const opened = before === '{' || before === '[';
    if (token === '}' || token === ']') {
      depth -= 1;
      shown += opened ? token : `${line()}${token}`;
    } else {
      if (opened || before === ',') shown += line();
      if (before === ':') shown += ' ';
      shown += token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token;
      if (token === '{' || token === '[') depth += 1;
    }
    before = token;
  }
  return shown;
}
