import { Buffer } from 'node:buffer';
import {
  type AnswerCodec,
  type AnswerFacts,
  type AnswerHead,
  type Fault,
  isFault,
  type Lane,
  type LaneId,
  type ProtocolAdapter,
  type ProviderCall,
  type WireEvent,
} from '@sallyport/core';
import { anthropicMessages } from './anthropic-messages/adapter.ts';
import { anthropicMessagesAsk } from './anthropic-messages/ask.ts';
import type { AskedCall, AskVoice, ModelAsk, WordAsk } from './ask-voice.ts';
import { bedrockConverse } from './bedrock-converse/adapter.ts';
import { bedrockConverseAsk } from './bedrock-converse/ask.ts';
import { gemini } from './gemini/adapter.ts';
import { geminiAsk } from './gemini/ask.ts';
import { openaiChat } from './openai-chat/adapter.ts';
import { openaiChatAsk } from './openai-chat/ask.ts';

interface Asker {
  readonly voice: AskVoice;
  readonly adapter: ProtocolAdapter;
}

/** Those of the protocols in which we ask for ourselves, the one with the strictest schema first. */
const ASKERS: readonly Asker[] = [
  { voice: openaiChatAsk, adapter: openaiChat },
  { voice: anthropicMessagesAsk, adapter: anthropicMessages },
  { voice: geminiAsk, adapter: gemini },
  { voice: bedrockConverseAsk, adapter: bedrockConverse },
];

/** Bounds of the bodies of questions and answers: both are small. */
const LIMITS = { maxBodyBytes: 4_194_304, maxDepth: 32, maxNodes: 10_000 };
/** Size of an answer, bytes. */
const ASKED_ANSWER_MAX_BYTES = 65_536;

/** A question as it goes to a provider, and how its answer is read. */
export interface PreparedAsk {
  readonly call: Omit<ProviderCall, 'signal' | 'body'> & { readonly body: Uint8Array };
  read(head: AnswerHead): AskedAnswer;
}

/** An answer on its way in. */
export interface AskedAnswer {
  push(bytes: Uint8Array): Fault | undefined;
  /** The text that is to fit the schema: the only text of the answer, or what its only call carries. */
  end(): { readonly text: string; readonly usage: AnswerFacts['usage'] } | Fault;
}

/** Whether a provider that speaks these protocols can be asked. */
export function canAsk(protocols: ReadonlySet<string>): boolean {
  return ASKERS.some(({ voice }) => protocols.has(voice.id));
}

/**
 * Writes a question in one of the protocols that a provider speaks, and reads the answer as those of clients are read.
 * @returns `PROTOCOL_MISMATCH` where it speaks none of those in which we ask
 */
export function askModel(ask: ModelAsk, protocols: ReadonlySet<string>): PreparedAsk | Fault {
  const asker = askerFor(protocols);
  if (asker === undefined) return { fault: 'PROTOCOL_MISMATCH' };
  return prepared(asker.voice.write(ask), asker.adapter, asker.voice.answersBy);
}

/** The same for one token of a text. */
export function askWord(ask: WordAsk, protocols: ReadonlySet<string>): PreparedAsk | Fault {
  const asker = askerFor(protocols);
  if (asker === undefined) return { fault: 'PROTOCOL_MISMATCH' };
  return prepared(asker.voice.writeWord(ask), asker.adapter, 'output');
}

function askerFor(protocols: ReadonlySet<string>): Asker | undefined {
  return ASKERS.find(({ voice }) => protocols.has(voice.id));
}

function prepared(
  { path, headers, body: fields }: AskedCall,
  adapter: ProtocolAdapter,
  answersBy: AskVoice['answersBy'],
): PreparedAsk | Fault {
  const endpoint = adapter.match({ method: 'POST', path, query: '', headers });
  if (endpoint?.kind !== 'exchange') return { fault: 'BODY_SHAPE' };
  const body = Buffer.from(JSON.stringify(fields));
  const parsed = adapter.request(body, endpoint, LIMITS);
  if (isFault(parsed)) return parsed;
  const { method, upstreamPath } = endpoint;
  return {
    call: {
      protocol: adapter.id,
      method,
      path: upstreamPath,
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body,
    },
    read: (head) => new ReadAnswer(adapter.answer(parsed, head, LIMITS), answersBy),
  };
}

class ReadAnswer implements AskedAnswer {
  private readonly answersBy: AskVoice['answersBy'];
  private readonly codec: AnswerCodec;
  private readonly texts = new Map<LaneId, { readonly lane: Lane; text: string }>();
  private bytes = 0;
  private unseen = 0;
  private facts: AnswerFacts = {};

  constructor(codec: AnswerCodec, answersBy: AskVoice['answersBy']) {
    this.codec = codec;
    this.answersBy = answersBy;
  }

  push(bytes: Uint8Array): Fault | undefined {
    this.bytes += bytes.length;
    if (this.bytes > ASKED_ANSWER_MAX_BYTES) return { fault: 'UPSTREAM_TOO_LARGE' };
    return this.take(this.codec.push(bytes));
  }

  end(): ReturnType<AskedAnswer['end']> {
    const fault = this.take(this.codec.end());
    if (fault !== undefined) return fault;
    const { answersBy } = this;
    const given = [...this.texts.values()].filter(({ lane }) => lane.point === answersBy && isSaid(lane));
    const [only, another] = given;
    if (only === undefined || another !== undefined || this.unseen > 0) return { fault: 'UPSTREAM_GARBAGE' };
    return { text: answersBy === 'tool-call' ? this.argumentsOf(only) : only.text, usage: this.facts.usage };
  }

  /** A call's text begins with the name of its tool. */
  private argumentsOf({ lane, text }: { readonly lane: Lane; readonly text: string }): string {
    const name = this.codec.leaves(lane, text).find(({ origin, at }) => origin.field === 'name' && at.start === 0);
    return text.slice(name?.at.end ?? 0);
  }

  private take(events: readonly WireEvent[] | Fault): Fault | undefined {
    if (isFault(events)) return events;
    for (const { opens, parts, unseen, facts } of events) {
      for (const lane of opens) this.texts.set(lane.id, { lane, text: '' });
      for (const { lane, text, echo } of parts) {
        const own = this.texts.get(lane);
        if (own !== undefined && echo === undefined) own.text += text;
      }
      this.unseen += unseen.length;
      this.facts = { ...this.facts, ...facts };
    }
    return undefined;
  }
}

/** Thoughts are no answer, and neither is a refusal. */
function isSaid({ point, origin }: Lane): boolean {
  return point === 'tool-call' || ANSWER_FIELDS.has(origin.field);
}

const ANSWER_FIELDS: ReadonlySet<string> = new Set(['content', 'text']);
