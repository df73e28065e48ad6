import {
  type AnswerCodec,
  type AnswerHead,
  isFault,
  type ParsedRequest,
  type ParseLimits,
  type ProtocolAdapter,
  SallyportError,
} from '@sallyport/core';
import { type JsonRules, patchRequest } from '@sallyport/wire';
import { LaneBook } from '../answer/lane-book.ts';
import { WholeCodec } from '../answer/whole-codec.ts';
import { credentialOf } from '../credential.ts';
import { jsonReply } from '../json-reply.ts';
import { refusalError } from './errors.ts';
import { faultReply } from './faults.ts';
import { modelList, modelReply } from './models.ts';
import { ownsPath, postEndpoint } from './paths.ts';
import { type PlainAnswerParts, PlainReader, plainVoice } from './plain-answer.ts';
import { type PlainRequest, type PlainRules, parsePlain } from './plain-request.ts';
import { rateHeaders } from './rate-headers.ts';

export interface PlainProtocol {
  readonly id: string;
  /** Of its one endpoint, such as `/embeddings`. */
  readonly path: string;
  readonly rules: PlainRules;
  readonly answer: Pick<PlainAnswerParts, 'signalsOf' | 'textsOf'> & {
    /** It holds vectors that nobody reads. */
    readonly skipVectors?: JsonRules['skipVectors'];
  };
}

/** A protocol of one endpoint in which nothing is generated. */
export function plainAdapter({ id, path, rules, answer: form }: PlainProtocol): ProtocolAdapter {
  const answer = (head: AnswerHead, limits: ParseLimits): AnswerCodec => {
    const book = new LaneBook();
    const reader = new PlainReader({ book, fields: rules.fields, signalsOf: form.signalsOf, textsOf: form.textsOf });
    return new WholeCodec({ book, reader, voice: plainVoice, head, limits, skipVectors: form.skipVectors });
  };
  return {
    id,
    basePath: '/v1',
    match: (head) => postEndpoint(head, path.slice(1), path),
    owns: ownsPath,
    credential: credentialOf,
    request: (body, endpoint, limits) => {
      const parsed = parsePlain(body, { rules, endpoint, limits });
      if (isFault(parsed)) return parsed;
      return { ...parsed.request, facts: { ...parsed.request.facts, maxOutputTokens: 0 } };
    },
    patch: (parsed, edits) => patchRequest(own(parsed), edits),
    answer: (_parsed, head, limits) => answer(head, limits),
    refuse: (refusal) => jsonReply(400, refusalError(refusal), { 'x-should-retry': 'false' }),
    fault: faultReply,
    rateHeaders,
    models: modelList,
    model: modelReply,
  };
}

function own(parsed: ParsedRequest): PlainRequest {
  if ('plain' in parsed) return parsed as PlainRequest;
  throw new SallyportError('INTERNAL', { detail: 'request was parsed by another protocol' });
}
