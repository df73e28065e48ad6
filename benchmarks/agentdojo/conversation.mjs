import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/**
 * One message of a recorded run.
 * @typedef {object} Message
 * @property {'system' | 'user' | 'assistant' | 'tool'} role
 * @property {string | null} content
 * @property {{ id?: string, name: string, arguments: Record<string, unknown> }[]} [tool_calls]
 * @property {string} [tool_call_id]
 */

/**
 * One recorded run of an agent.
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string} suite
 * @property {string} model
 * @property {string | null} attack
 * @property {boolean | null} attack_succeeded
 * @property {Record<string, string>} injections
 * @property {Message[]} messages
 */

/** @typedef {{ name: string, description: string, parameters: Record<string, unknown> }} Tool */

/** What a recorded model said. @typedef {{ text: string, calls: { name: string, arguments: string }[] }} Said */

/**
 * @typedef {object} Turn
 * @property {import('openai').OpenAI.ChatCompletionMessageParam[]} history what the client sends
 * @property {Said} said what the model answered
 */

/**
 * @param {string} file JSON lines, perhaps gzip
 * @returns {Conversation[]}
 */
export function readConversations(file) {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/**
 * The client's side of a run: a turn for each answer of the model, with all that came before it.
 * @param {Conversation} conversation
 * @returns {Turn[]}
 */
export function turnsOf({ messages }) {
  const wire = wireOf(messages);
  return messages.flatMap((message, at) =>
    message.role === 'assistant' ? [{ history: wire.slice(0, at), said: saidBy(message) }] : [],
  );
}

/**
 * @param {Message} message
 * @returns {Said}
 */
function saidBy({ content, tool_calls: calls = [] }) {
  return {
    text: content ?? '',
    calls: calls.map(({ name, arguments: given }) => ({ name, arguments: JSON.stringify(given) })),
  };
}

/**
 * The messages as the protocol has them. Some models were recorded without ids of their calls: those get one.
 * @param {readonly Message[]} messages
 * @returns {import('openai').OpenAI.ChatCompletionMessageParam[]}
 */
function wireOf(messages) {
  /** @type {string[]} */
  let waiting = [];
  return messages.map((message, at) => {
    const content = message.content ?? '';
    if (message.role === 'tool') {
      return { role: message.role, content, tool_call_id: waiting.shift() ?? `call_${at}` };
    }
    if (message.role !== 'assistant') return { role: message.role, content };
    const { calls } = saidBy(message);
    if (calls.length === 0) return { role: message.role, content };
    waiting = calls.map((_, index) => message.tool_calls?.[index]?.id || `call_${at}_${index}`);
    const tool_calls = calls.map((call, index) => ({
      id: waiting[index] ?? '',
      type: /** @type {const} */ ('function'),
      function: call,
    }));
    return { role: message.role, content: content === '' ? null : content, tool_calls };
  });
}

/**
 * Indexes of the tools' results that carry the attack, in whatever layout the tool printed it.
 * @param {Conversation} conversation
 * @returns {number[]}
 */
export function injectedResults({ attack, injections, messages }) {
  if (attack === null) return [];
  const planted = Object.values(injections)
    .map((text) => lettersOf(text).slice(0, 60))
    .filter((text) => text !== '');
  return messages.flatMap(({ role, content }, at) => {
    const letters = role === 'tool' ? lettersOf(content ?? '') : '';
    return planted.some((text) => letters.includes(text)) ? [at] : [];
  });
}

/**
 * Letters and digits alone: printing may fold lines, escape and quote.
 * @param {string} text
 */
function lettersOf(text) {
  return text.replace(/\\[nrtu]/g, '').replace(/[^\p{L}\p{N}]/gu, '');
}
