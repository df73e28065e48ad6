/** Bytes of a request's body that count as one token: English has four or five of a text, and a body is more than text. */
export const BYTES_PER_TOKEN = 3;
/** What a picture, a sound or a file counts that stands in a body as base64. */
export const MEDIA_TOKENS = 1_600;
/** A string in a body that is so long, and begins with so many characters without a space, is media. Bytes. */
const MEDIA_MIN_BYTES = 4_096;
const MEDIA_HEAD_BYTES = 512;

const QUOTE = 0x22;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;

/**
 * How many input tokens a request may come to: a third of its bytes, and a fixed number for each piece of media. An
 * estimate, high for most texts and no bound: scripts in which a character has three bytes come to about a token each. What
 * a provider counts takes its place. Cost: O(length) at worst, a look every 4 KB where strings are short.
 */
export function estimateTokens(body: Uint8Array): number {
  let media = 0;
  let mediaBytes = 0;
  if (body.length >= MEDIA_MIN_BYTES) {
    let at = body.indexOf(QUOTE);
    while (at >= 0) {
      // As far as a quote goes before what would be media: one look for all the strings on the way.
      const near = body.lastIndexOf(QUOTE, at + MEDIA_MIN_BYTES);
      if (near > at) {
        at = near;
        continue;
      }
      const end = body.indexOf(QUOTE, at + 1);
      if (end < 0) break;
      // Between two quotes is a string, or what stands between two strings, such as a list of numbers.
      if (isMedia(body.subarray(at + 1, at + 1 + MEDIA_HEAD_BYTES))) {
        media += 1;
        mediaBytes += end - at;
      }
      at = end;
    }
  }
  return Math.ceil((body.length - mediaBytes) / BYTES_PER_TOKEN) + media * MEDIA_TOKENS;
}

function isMedia(head: Uint8Array): boolean {
  return ![SPACE, BACKSLASH, OPENING_BRACKET].some((byte) => head.includes(byte));
}
