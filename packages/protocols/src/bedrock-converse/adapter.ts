import {
  type AnswerCodec,
  type AnswerHead,
  type ParsedRequest,
  type ParseLimits,
  type ProtocolAdapter,
  SallyportError,
} from '@sallyport/core';
import { EventStreamParser, patchRequest } from '@sallyport/wire';
import { LaneBook } from '../answer/lane-book.ts';
import { StreamCodec } from '../answer/stream-codec.ts';
import { WholeCodec } from '../answer/whole-codec.ts';
import { credentialOf } from '../credential.ts';
import { ConverseReader } from './converse-reader.ts';
import { matchEndpoint, ownsPath } from './endpoints.ts';
import { faultReply } from './faults.ts';
import { STREAM_TYPE } from './frames.ts';
import { type ConverseRequest, parseRequest } from './parse-request.ts';
import { ConverseVoice, refuseReply, wholeVoice } from './refusals.ts';

/** Amazon Bedrock's Converse, ConverseStream and CountTokens, behind an API key. */
export const bedrockConverse: ProtocolAdapter = {
  id: 'bedrock-converse',
  match: matchEndpoint,
  owns: ownsPath,
  basePath: '',
  credential: credentialOf,
  request: parseRequest,
  patch: (parsed, edits) => patchRequest(own(parsed), edits),
  answer: (_parsed, head, limits) => answerCodec(head, limits),
  refuse: (refusal, parsed) => refuseReply(refusal, own(parsed)),
  fault: faultReply,
  // Models are listed at another address, by another of Amazon's services.
  models: () => faultReply('UNKNOWN_PATH'),
  model: () => faultReply('UNKNOWN_PATH'),
};

function answerCodec(head: AnswerHead, limits: ParseLimits): AnswerCodec {
  const book = new LaneBook();
  if (head.contentType !== STREAM_TYPE || head.status >= 300) {
    return new WholeCodec({
      book,
      reader: new ConverseReader(book, { streams: false }),
      voice: wholeVoice,
      head,
      limits,
    });
  }
  const reader = new ConverseReader(book, { streams: true });
  const voice = new ConverseVoice(book, () => reader.facts);
  const framing = new EventStreamParser(limits.maxBodyBytes);
  return new StreamCodec({ book, reader, voice, framing, limits, nameField: ':event-type' });
}

function own(parsed: ParsedRequest): ConverseRequest {
  if (isConverseRequest(parsed)) return parsed;
  throw new SallyportError('INTERNAL', { detail: 'request was parsed by another protocol' });
}

function isConverseRequest(parsed: ParsedRequest): parsed is ConverseRequest {
  return 'counted' in parsed;
}
