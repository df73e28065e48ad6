import { injectedResults, turnsOf } from './conversation.mjs';
import { noteOf } from './note.mjs';

/**
 * @typedef {object} Stage where a conversation is played
 * @property {import('openai').OpenAI} client
 * @property {(exchange: string) => Promise<readonly import('@sallyport/core').AuditRecord[]>} recordsOf
 */

/**
 * What happened in one turn.
 * @typedef {object} TurnReport
 * @property {import('./note.mjs').Note} note from the records
 * @property {boolean} asRecorded whether the client got exactly what the recorded model said
 * @property {boolean} streamAgrees whether the client of a stream got the same as the client of a whole answer
 */

/**
 * @typedef {object} ConversationReport
 * @property {string} id
 * @property {string} suite
 * @property {string | null} attack
 * @property {boolean | null} attackSucceeded
 * @property {number[]} injected indexes of the messages that carry the attack
 * @property {TurnReport[]} turns
 */

/**
 * Plays a recorded run: for each answer of its model the client sends the history so far, and the demo answers what was
 * recorded, once whole and once as a stream.
 * @param {import('./conversation.mjs').Conversation} conversation
 * @param {readonly import('./conversation.mjs').Tool[]} tools
 * @param {Stage} stage
 * @returns {Promise<ConversationReport>}
 */
export async function replay(conversation, tools, stage) {
  const { id, suite, attack, attack_succeeded: attackSucceeded } = conversation;
  /** @type {TurnReport[]} */
  const turns = [];
  for (const turn of turnsOf(conversation)) turns.push(await play(turn, { conversation, tools, stage }));
  return { id, suite, attack, attackSucceeded, injected: injectedResults(conversation), turns };
}

/**
 * @param {import('./conversation.mjs').Turn} turn
 * @param {{ conversation: import('./conversation.mjs').Conversation, tools: readonly import('./conversation.mjs').Tool[], stage: Stage }} scene
 * @returns {Promise<TurnReport>}
 */
async function play({ history, said }, { conversation, tools, stage }) {
  const request = {
    model: conversation.model,
    messages: history,
    tools: tools.map((tool) => ({ type: /** @type {const} */ ('function'), function: tool })),
  };
  const options = { headers: { 'x-demo-answer': scriptOf(said) } };
  const { completions } = stage.client.chat;
  const whole = await completions.create(request, options).withResponse();
  const seen = seenIn(whole.data.choices[0]?.message);
  const stream = await completions.create({ ...request, stream: true }, options);
  const streamed = await collected(stream);
  const records = await stage.recordsOf(whole.response.headers.get('x-sallyport-exchange') ?? '');
  return { note: noteOf(records), asRecorded: same(seen, said), streamAgrees: same(seen, streamed) };
}

/**
 * The demo's script, in the characters that a header may have.
 * @param {import('./conversation.mjs').Said} said
 */
function scriptOf({ text, calls }) {
  const script = {
    ...((text !== '' || calls.length === 0) && { text }),
    ...(calls.length > 0 && { toolCalls: calls }),
  };
  return JSON.stringify(script).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * @param {import('openai').OpenAI.ChatCompletionMessage | undefined} message
 * @returns {import('./conversation.mjs').Said}
 */
function seenIn(message) {
  const calls = (message?.tool_calls ?? []).flatMap((call) => (call.type === 'function' ? [call.function] : []));
  return { text: message?.content ?? '', calls };
}

/**
 * @param {AsyncIterable<import('openai').OpenAI.ChatCompletionChunk>} stream
 * @returns {Promise<import('./conversation.mjs').Said>}
 */
async function collected(stream) {
  let text = '';
  /** @type {{ name: string, arguments: string }[]} */
  const calls = [];
  for await (const chunk of stream) {
    const delta = chunk.choices[0]?.delta;
    text += delta?.content ?? '';
    for (const { index, function: part } of delta?.tool_calls ?? []) {
      const call = calls[index] ?? { name: '', arguments: '' };
      calls[index] = { name: call.name + (part?.name ?? ''), arguments: call.arguments + (part?.arguments ?? '') };
    }
  }
  return { text, calls };
}

/**
 * @param {import('./conversation.mjs').Said} a
 * @param {import('./conversation.mjs').Said} b
 */
function same(a, b) {
  const callsOf = (/** @type {import('./conversation.mjs').Said} */ { calls }) =>
    JSON.stringify(calls.map((call) => [call.name, call.arguments]));
  return a.text === b.text && callsOf(a) === callsOf(b);
}
