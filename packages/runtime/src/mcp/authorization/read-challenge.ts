/** What a server says of the authorization that it wants (RFC 6750, section 3; RFC 9728, section 5.1). */
export interface Challenge {
  readonly error?: string;
  readonly scopes?: readonly string[];
  /** Where its metadata is; whatever it wrote there. */
  readonly resourceMetadata?: string;
}

/** Characters of a header that are read. */
export const CHALLENGE_MAX_CHARS = 8_192;
/** Scopes that are read. */
export const SCOPES_MAX = 64;

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"/y;
const BLANKS = /[ \t]*/y;
const BLANKS_AND_COMMAS = /[ \t,]*/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;

/**
 * Reads the first Bearer challenge of `WWW-Authenticate` (RFC 9110, section 11.6.1). What comes twice in it, or cannot be read, makes it none.
 * Cost: linear.
 */
export function readChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > CHALLENGE_MAX_CHARS) return undefined;
  const reader = new HeaderReader(header);
  for (;;) {
    reader.take(BLANKS_AND_COMMAS);
    const scheme = reader.take(TOKEN);
    if (scheme === undefined) return undefined;
    const parameters = readParameters(reader);
    if (parameters === undefined) return undefined;
    if (scheme.toLowerCase() === 'bearer') return challengeOf(parameters);
  }
}

class HeaderReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** What the expression, which is sticky, finds here; nothing moves where it finds nothing. */
  take(expression: RegExp): string | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found[1] ?? found[0];
  }

  takeChar(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  get at(): number {
    return this.#at;
  }

  back(to: number): void {
    this.#at = to;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }
}

/** Those of one challenge; the next one begins with a name that has no `=` behind it. */
function readParameters(reader: HeaderReader): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  reader.take(BLANKS);
  if (reader.take(TOKEN68) !== undefined) return parameters;
  for (;;) {
    reader.take(BLANKS_AND_COMMAS);
    const start = reader.at;
    const name = reader.take(TOKEN)?.toLowerCase();
    if (name === undefined) return reader.ended ? parameters : undefined;
    reader.take(BLANKS);
    if (!reader.takeChar('=')) {
      reader.back(start);
      return parameters;
    }
    reader.take(BLANKS);
    const value = reader.take(QUOTED)?.replace(/\\([\s\S])/g, '$1') ?? reader.take(TOKEN);
    if (value === undefined || parameters.has(name)) return undefined;
    parameters.set(name, value);
  }
}

function challengeOf(parameters: ReadonlyMap<string, string>): Challenge {
  const error = parameters.get('error');
  const scope = parameters.get('scope');
  const resourceMetadata = parameters.get('resource_metadata');
  const scopes = scope === undefined ? undefined : scopesIn(scope);
  return {
    ...(error !== undefined && { error }),
    ...(scopes !== undefined && { scopes }),
    ...(resourceMetadata !== undefined && { resourceMetadata }),
  };
}

/** Scopes between spaces (RFC 6749, section 3.3), each once; nothing where there is another thing among them, or too many. */
export function scopesIn(text: string): readonly string[] | undefined {
  const scopes = [...new Set(text.split(' ').filter((scope) => scope !== ''))];
  return scopes.length <= SCOPES_MAX && scopes.every((scope) => SCOPE.test(scope)) ? scopes : undefined;
}
