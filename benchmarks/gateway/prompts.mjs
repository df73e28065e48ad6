import { textSource } from '../rig/texts.mjs';

const SYSTEM = '{"role":"system","content":"You are the assistant of a trading company. Answer briefly and politely."}';
const PROMPT_CHARS = 1_000;
const EARLIER_MESSAGES = 30;

/**
 * @typedef {'1k' | '32k'} Workload
 * `1k`: a conversation that begins, 1 KB of prompt. `32k`: one that has gone on for 30 messages of 1 KB, and gets one more.
 * @typedef {'json' | 'burst' | 'paced'} AnswerKind one JSON body; a stream all at once; a stream at a model's pace
 */

/**
 * Makes the requests of one connection: one conversation, whose last message alone is new each time.
 * @param {{ workload: Workload, answer: AnswerKind, host: string, seed: number, key: string }} options
 * @returns {() => Buffer} the next request as it goes over the wire
 */
export function requestSource({ workload, answer, host, seed, key }) {
  const text = textSource(seed);
  const stream = answer === 'json' ? '' : '"stream":true,';
  const earlier = Array.from({ length: workload === '32k' ? EARLIER_MESSAGES : 0 }, (_, index) => {
    const role = index % 2 === 0 ? 'user' : 'assistant';
    return `{"role":"${role}","content":"${text(PROMPT_CHARS)}"},`;
  }).join('');
  const before = `{"model":"bench-${answer}",${stream}"messages":[${SYSTEM},${earlier}{"role":"user","content":"`;
  const after = '"}]}';
  const head =
    `POST /v1/chat/completions HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\n` +
    'content-type: application/json\r\naccept: */*\r\nuser-agent: bench\r\ncontent-length: ';
  return () => {
    const body = `${before}${text(PROMPT_CHARS)}${after}`;
    return Buffer.from(`${head}${body.length}\r\n\r\n${body}`, 'latin1');
  };
}
