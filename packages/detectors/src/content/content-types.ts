/** What is found, after the categories of OpenAI's moderation and three of our own. See README for what each means. */
export const CONTENT_TYPES = [
  'harassment',
  'harassment-threatening',
  'hate',
  'hate-threatening',
  'self-harm',
  'self-harm-intent',
  'self-harm-instructions',
  'sexual',
  'sexual-minors',
  'violence',
  'violence-graphic',
  'illicit',
  'illicit-violent',
  'weapons',
  'malware',
  'fraud',
] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];
