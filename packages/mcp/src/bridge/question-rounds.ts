import { randomUUID } from 'node:crypto';
import { isFault } from '@sallyport/core';
import { encodeLiteral, type JsonNode, memberOf, stringOf } from '@sallyport/wire';
import { composeRequest, editedObject } from '../message/compose-message.ts';
import type { McpError, McpMessage, McpResult, RequestId } from '../message/message.ts';
import { writeNotification } from '../message/write-message.ts';
import { PendingRequests } from '../session/pending-requests.ts';
import type { BridgeClock, BridgeLimits } from './bridge-parts.ts';
import { answersQuestion, mayAsk, type Question, questionOf } from './question.ts';

/** What rounds of questions need of their bridge. */
export interface RoundsHouse {
  readonly clock: BridgeClock;
  readonly limits: BridgeLimits;
  /** What the client said that it can be asked. */
  readonly capabilities: () => JsonNode | undefined;
  /** Gives the client a message that belongs to a request of its own. */
  readonly give: (message: McpMessage, client: RequestId) => void;
}

/** A request of a client for which a server wants to know more. */
export interface AskedCall {
  readonly clientId: RequestId;
  readonly method: string;
  /** How many rounds of questions it has had. */
  rounds: number;
  round?: Round | undefined;
}

/** What goes back to the server with the request: members of its params, as JSON text. */
export interface RoundAnswers {
  readonly inputResponses: string | undefined;
  readonly requestState: string | undefined;
}

interface Round {
  readonly call: AskedCall;
  readonly asked: RequestId[];
  readonly answers: Map<string, string>;
  readonly state: string | undefined;
  left: number;
  readonly end: (answers: RoundAnswers | undefined) => void;
  callOff: () => void;
}

interface Asked {
  readonly round: Round;
  /** The server's name of the question, as JSON text. */
  readonly key: string;
  readonly method: string;
}

/** Before a request that only brought a state is sent again. Source: SDK 2.4.0, `inputRequiredDriver.ts`. */
export const PACE_MS = 250;

/**
 * Puts the questions of a server of 2026-07-28 to a client that knows them as requests, and gathers the answers. The client is
 * asked all of a round, or nothing.
 */
export class QuestionRounds {
  readonly #house: RoundsHouse;
  readonly #asked: PendingRequests<Asked>;
  #count = 0;

  constructor(house: RoundsHouse) {
    this.#house = house;
    this.#asked = new PendingRequests(house.limits.maxPending);
  }

  /**
   * @param end gets the answers, once; `undefined` where the client would not or did not answer
   * @returns why nobody is asked, as a sentence
   */
  ask(call: AskedCall, wanted: McpResult, end: Round['end']): string | undefined {
    const { limits, clock } = this.#house;
    call.rounds += 1;
    if (call.rounds > limits.maxRounds) return 'the server asked for input more often than the limit';
    const state = memberOf(wanted.result, 'requestState');
    if (state !== undefined && state.kind !== 'string') return MALFORMED;
    if (state !== undefined && state.end - state.start > limits.maxStateChars) return MALFORMED;
    const questions = this.#questionsOf(wanted);
    if (typeof questions === 'string') return questions;
    if (questions.length === 0 && state === undefined) return MALFORMED;
    const round: Round = {
      call,
      asked: [],
      answers: new Map(),
      state: state === undefined ? undefined : wanted.text.slice(state.start, state.end),
      left: questions.length,
      end,
      callOff: () => undefined,
    };
    call.round = round;
    if (questions.length === 0) round.callOff = clock.after(PACE_MS, () => this.#finish(round));
    else round.callOff = clock.after(limits.answerMs, () => this.#fail(round));
    for (const each of questions) this.#put(each, wanted.text, round);
    return undefined;
  }

  /** A client's answer. Answers to nothing are nothing. */
  answered(answer: McpResult | McpError): void {
    const asked = answer.id === undefined ? undefined : this.#asked.take(answer.id);
    if (asked === undefined || isFault(asked)) return;
    const { round, key, method } = asked;
    if (answer.kind === 'error' || !answersQuestion(method, answer.result)) {
      this.#fail(round);
      return;
    }
    round.answers.set(key, answer.text.slice(answer.result.start, answer.result.end));
    round.left -= 1;
    if (round.left === 0) this.#finish(round);
  }

  /** Nobody waits for the answers any more. */
  drop(call: AskedCall): void {
    const { round } = call;
    if (round === undefined) return;
    call.round = undefined;
    round.callOff();
    for (const id of round.asked) {
      if (isFault(this.#asked.take(id))) continue;
      this.#house.give(writeNotification('notifications/cancelled', { requestId: id }), call.clientId);
    }
  }

  #questionsOf({ text, result }: McpResult): readonly Named[] | string {
    const requests = memberOf(result, 'inputRequests');
    if (requests === undefined) return [];
    if (requests.kind !== 'object' || requests.members.length > this.#house.limits.maxQuestions) return MALFORMED;
    const questions: Named[] = [];
    for (const { key, value } of requests.members) {
      const question = questionOf(value);
      if (question === undefined) return MALFORMED;
      if (!mayAsk(question, this.#house.capabilities())) {
        return 'the server needs input that this client cannot give';
      }
      questions.push({ key: text.slice(key.start, key.end), question });
    }
    return this.#asked.size + questions.length > this.#house.limits.maxPending
      ? 'more questions wait for an answer than the limit'
      : questions;
  }

  #put({ key, question: { method, params } }: Named, text: string, round: Round): void {
    this.#count += 1;
    const id = `question-${this.#count}`;
    round.asked.push(id);
    this.#asked.add(id, { round, key, method });
    const isNameless = stringOf(params, 'mode') === 'url' && stringOf(params, 'elicitationId') === undefined;
    // 2025-11-25 wants to know such questions by a name, which 2026-07-28 doesn't have.
    const changes = isNameless ? { elicitationId: encodeLiteral(randomUUID()) } : {};
    this.#house.give(composeRequest(id, method, editedObject(text, params, changes)), round.call.clientId);
  }

  #finish(round: Round): void {
    const { call } = round;
    if (call.round !== round) return;
    call.round = undefined;
    round.callOff();
    const answers = [...round.answers].map(([key, literal]) => `${key}:${literal}`);
    round.end({
      inputResponses: answers.length === 0 ? undefined : `{${answers.join(',')}}`,
      requestState: round.state,
    });
  }

  #fail(round: Round): void {
    if (round.call.round !== round) return;
    this.drop(round.call);
    round.end(undefined);
  }
}

const MALFORMED = 'the server asked for input in a form that is not known';

interface Named {
  readonly key: string;
  readonly question: Question;
}
