import {
  type AnswerCodec,
  type AnswerHead,
  type ParsedRequest,
  type ParseLimits,
  type ProtocolAdapter,
  SallyportError,
} from '@sallyport/core';
import { patchRequest, SseParser } from '@sallyport/wire';
import { LaneBook } from '../answer/lane-book.ts';
import { StreamCodec } from '../answer/stream-codec.ts';
import { WholeCodec } from '../answer/whole-codec.ts';
import { credentialOf } from '../credential.ts';
import { matchEndpoint, ownsPath } from './endpoints.ts';
import { faultReply } from './faults.ts';
import { MessageReader } from './message-reader.ts';
import { modelList, modelReply } from './models.ts';
import { type MessagesRequest, parseRequest } from './parse-request.ts';
import { rateHeaders } from './rate-headers.ts';
import { MessageVoice, refuseReply, wholeVoice } from './refusals.ts';

/** Anthropic Messages, and the count of tokens of one. */
export const anthropicMessages: ProtocolAdapter = {
  id: 'anthropic-messages',
  match: matchEndpoint,
  owns: ownsPath,
  basePath: '',
  credential: credentialOf,
  request: parseRequest,
  patch: (parsed, edits) => patchRequest(own(parsed), edits),
  answer: (parsed, head, limits) => answerCodec(own(parsed), head, limits),
  refuse: (refusal, parsed) => refuseReply(refusal, own(parsed)),
  fault: faultReply,
  rateHeaders,
  models: modelList,
  model: modelReply,
};

function answerCodec(request: MessagesRequest, head: AnswerHead, limits: ParseLimits): AnswerCodec {
  const book = new LaneBook();
  const { threaded } = request;
  if (head.contentType !== 'text/event-stream' || head.status >= 300) {
    const reader = new MessageReader(book, { carrier: 'whole', threaded });
    return new WholeCodec({ book, reader, voice: wholeVoice(request), head, limits });
  }
  const reader = new MessageReader(book, { carrier: 'stream', threaded });
  const voice = new MessageVoice({ request, book, reader });
  const framing = new SseParser(limits.maxBodyBytes);
  return new StreamCodec({ book, reader, voice, framing, limits, nameField: 'event' });
}

function own(parsed: ParsedRequest): MessagesRequest {
  if (isMessagesRequest(parsed)) return parsed;
  throw new SallyportError('INTERNAL', { detail: 'request was parsed by another protocol' });
}

function isMessagesRequest(parsed: ParsedRequest): parsed is MessagesRequest {
  return 'countsOnly' in parsed;
}
