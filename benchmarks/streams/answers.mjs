import { randomFrom, sentence } from '../rig/texts.mjs';

/** What tokens are: a word or its beginning with the space before it, up to three digits, line ends, one sign. */
const TOKEN = / ?\p{L}{1,7}|\d{1,3}| ?[^\p{L}\d\s]|\n+| /gu;
const MODEL = 'gpt-4o-mini-2024-07-18';
const CREATED = 1_741_569_952;
/** Characters to which providers fill up what a chunk says, against those who read along by its length. */
const PADDED_CHARS = 16;
const PADDING = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/**
 * One answer as people get it: paragraphs and lists of ordinary sentences, some with a bold word, a dash or an apostrophe
 * that is no ASCII.
 * @param {() => number} random
 */
function paragraph(random) {
  const isList = random() < 0.25;
  const sentences = Array.from({ length: 2 + Math.floor(random() * 4) }, () => {
    let text = sentence(random).trimEnd();
    const kind = random();
    if (kind < 0.05) text = text.replace(' ', ' — ');
    else if (kind < 0.1) text = `That’s why ${text[0]?.toLowerCase()}${text.slice(1)}`;
    if (isList) text = `- ${text.replace(/^\S+/, '**$&**')}`;
    return text;
  });
  return `${sentences.join(isList ? '\n' : ' ')}\n\n`;
}

/**
 * The text of one answer, in the pieces in which its model says it.
 * @param {number} seed answers of different seeds differ
 * @param {number} count of pieces
 * @returns {string[]}
 */
export function answerPieces(seed, count) {
  const random = randomFrom(seed);
  /** @type {string[]} */
  const pieces = [];
  while (pieces.length < count) pieces.push(...(paragraph(random).match(TOKEN) ?? []));
  return pieces.slice(0, count);
}

/** @param {() => number} random @param {number} length */
function letters(random, length) {
  let text = '';
  while (text.length < length) text += PADDING[Math.floor(random() * PADDING.length)];
  return text;
}

/**
 * The events of one streamed answer as OpenAI sends them to a client that asked for the usage: with all their members.
 * @param {number} seed
 * @param {number} chunks that carry text
 * @returns {string[]} the role, the text's pieces, the end, the usage, `[DONE]`
 */
export function answerEvents(seed, chunks) {
  const random = randomFrom(seed + 1_000_000);
  const id = `chatcmpl-${letters(random, 29)}`;
  const head =
    `{"id":"${id}","object":"chat.completion.chunk","created":${CREATED},"model":"${MODEL}",` +
    '"service_tier":"default","system_fingerprint":"fp_44709d6fcb","choices":[';
  const event = (/** @type {string} */ choices, /** @type {string} */ usage, /** @type {number} */ said) =>
    `data: ${head}${choices}],"usage":${usage},"obfuscation":"${letters(random, Math.max(2, PADDED_CHARS - said))}"}\n\n`;
  const choice = (/** @type {string} */ delta, /** @type {string} */ finish, /** @type {number} */ said) =>
    event(`{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}`, 'null', said);
  const usage = `{"prompt_tokens":19,"completion_tokens":${chunks},"total_tokens":${chunks + 19}}`;
  return [
    choice('{"role":"assistant","content":"","refusal":null}', 'null', 0),
    ...answerPieces(seed, chunks).map((text) => choice(`{"content":${JSON.stringify(text)}}`, 'null', text.length)),
    choice('{}', '"stop"', 0),
    event('', usage, 0),
    'data: [DONE]\n\n',
  ];
}
