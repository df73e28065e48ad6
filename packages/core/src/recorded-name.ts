/** What stands in a record where somebody else's name for a thing is no name but text: records hold none. */
export const NO_NAME = '(no name)';

/** Names of tools, models and members, such as programs choose them. */
const NAME = /^[\w.:/@+$-]{1,256}$/;
/** One token of a path; `~` begins the tokens that an adapter makes. */
const TOKEN = /^[\w.:@+$~-]{0,64}$/;
const TOKENS_MAX = 16;

/** A name that a client, a model or a provider chose, as a record may hold it. */
export function recordedName(name: string): string {
  return NAME.test(name) ? name : NO_NAME;
}

/** A place in a body, as a record may hold it: members can be named with words of the text. */
export function recordedPlace(place: string): string {
  // A name may be as long as the body: what is far beyond any path of a record is not taken apart.
  const tokens = place.slice(0, 2_048).split('/');
  const kept = tokens.slice(0, TOKENS_MAX).map((token) => (TOKEN.test(token) ? token : NO_NAME));
  return tokens.length > TOKENS_MAX ? [...kept, NO_NAME].join('/') : kept.join('/');
}
