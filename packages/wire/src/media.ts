import type { Unseen } from '@sallyport/core';

const DATA_URL = /^data:([a-z0-9.+-]{1,64}\/[a-z0-9.+-]{1,96})?(?:;[^,;]{1,96}){0,8};base64,/i;
const BASE64 = /^[A-Za-z0-9+/=_\r\n-]*$/;
const TEXT_TYPES = /^(?:text\/|application\/(?:json|xml|javascript|x-sh)\b)/i;

/** What a `data:` URL carries that is no text; `undefined` for everything that a text detector can read. */
export function mediaOf(text: string): Unseen['kind'] | undefined {
  if (!text.startsWith('data:') && !text.startsWith('DATA:')) return undefined;
  const match = DATA_URL.exec(text);
  if (match === null || !isBase64(text.slice(match[0].length))) return undefined;
  return mediaTypeKind(match[1] ?? 'text/plain');
}

/** What content of a media type is; `undefined` for types of text. */
export function mediaTypeKind(type: string): Unseen['kind'] | undefined {
  if (TEXT_TYPES.test(type)) return undefined;
  if (type.startsWith('image/')) return 'image';
  return type.startsWith('audio/') ? 'audio' : 'file';
}

/** Whether a text has nothing but the characters of base64. */
export function isBase64(text: string): boolean {
  return BASE64.test(text);
}
