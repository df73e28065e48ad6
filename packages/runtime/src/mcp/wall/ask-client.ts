import { type ApprovalAnswer, type CallRuling, isFault, type Principal } from '@sallyport/core';
import { declares, type McpAnswer, type McpMessage, type McpRequest, readEnvelope, writeRequest } from '@sallyport/mcp';
import { memberOf, stringOf } from '@sallyport/wire';
import type { ApprovalOffice } from '../../approvals/approval-office.ts';
import { askRound, type RoundAnswer, type RoundBinding, roundAnswer } from './ask-in-rounds.ts';
import type { Crossing } from './crossing.ts';
import type { Scene } from './guarded-server.ts';

/** How long a person at the client has to answer, milliseconds: most clients give a call less. */
export const ELICIT_MAX_MS = 300_000;
/** Characters of a call's arguments that a person at the client is shown. */
export const ELICITED_MAX_CHARS = 2_000;

export type Approver = Pick<ApprovalOffice, 'decide'>;

/** A call that policy leaves to a human. */
export interface AskedCall {
  readonly ruled: CallRuling;
  /** Its arguments, JSON. */
  readonly given: string;
  readonly crossing: Crossing;
  /** What a person said before it was made, where their client brings that. */
  readonly said?: RoundAnswer | undefined;
}

export interface AskClientParts {
  readonly scene: Scene;
  readonly approver: Approver;
  readonly rounds: RoundBinding;
  /** Puts a request of the wall's own to the client. */
  readonly ask: (request: (id: number) => McpMessage, about: Crossing) => Promise<McpAnswer | undefined>;
}

/** A tool call that policy leaves to a human, put to the one at the client where that can ask, and to the desk of the gateway. */
export class AskClient {
  private readonly parts: AskClientParts;
  private elicits = false;
  /** Questions travel as answers, and answers with the next call. */
  private inRounds = false;

  constructor(parts: AskClientParts) {
    this.parts = parts;
  }

  /** A client says what it can do when it introduces itself, or, since 2026-07-28, with every request. */
  introduced({ method, params }: McpRequest): void {
    const envelope = readEnvelope(params);
    if (envelope === undefined && method !== 'initialize') return;
    this.inRounds = envelope !== undefined;
    this.elicits = declares(envelope?.capabilities ?? memberOf(params, 'capabilities'), ['elicitation', 'form']);
  }

  /** What a call brings back of a question that was asked when it was made before. */
  said(message: McpRequest, crossing: Crossing): RoundAnswer | undefined {
    return this.inRounds ? roundAnswer(message, crossing, this.parts.rounds) : undefined;
  }

  /** The answer to a call that a person must allow first, where its client can ask them and then calls again. */
  round(call: AskedCall, approval: string): McpAnswer | undefined {
    if (!this.inRounds || !this.elicits) return undefined;
    const params = { message: questionOf(call, this.parts.scene), requestedSchema: FORM };
    return askRound(call.crossing, { approval, params }, this.parts.rounds);
  }

  /** @returns what came of it; `pending` where nobody has answered by now */
  async wait(asked: ApprovalAnswer, call: AskedCall): Promise<ApprovalAnswer> {
    const { scene } = this.parts;
    const { stop: signal } = call.crossing;
    const { approvals } = scene.house;
    if (asked.status !== 'pending') return asked;
    if (call.said !== undefined) return this.decide(asked, call, call.said);
    if (this.inRounds && this.elicits) return asked;
    if (!this.elicits) return approvals.wait(asked.id, { ms: scene.server.approvalHoldMs, signal });
    return this.decide(asked, call, { approval: asked.id, granted: await this.elicit(call) });
  }

  private async decide(asked: Pending, { crossing }: AskedCall, said: RoundAnswer): Promise<ApprovalAnswer> {
    const { scene, approver } = this.parts;
    if (said.granted === undefined || said.approval !== asked.id) return asked;
    const verdict = { granted: said.granted, by: personOf(scene.principal), via: 'elicitation', reason: '' } as const;
    const decided = await approver.decide(asked.id, verdict);
    // Nobody waits any more: what was said is there when the agent tries again.
    if (crossing.isOver) return asked;
    // Who may say yes is policy's business: where it isn't this person, the desk has the question still.
    return isFault(decided) ? asked : scene.house.approvals.wait(asked.id, { ms: 0, signal: crossing.stop });
  }

  /** @returns whether the person allowed it; undefined where nobody said */
  private async elicit(call: AskedCall): Promise<boolean | undefined> {
    const { scene, ask } = this.parts;
    const params = { message: questionOf(call, scene), requestedSchema: FORM };
    const answer = await ask((id) => writeRequest(id, 'elicitation/create', params), call.crossing);
    if (answer?.kind !== 'result') return undefined;
    const action = stringOf(answer.result, 'action');
    if (action === 'decline') return false;
    if (action !== 'accept') return undefined;
    const allow = memberOf(memberOf(answer.result, 'content'), 'allow');
    return allow?.kind === 'word' && allow.value === true;
  }
}

type Pending = Exclude<ApprovalAnswer, { status: 'crowded' }>;

const FORM = {
  type: 'object',
  properties: { allow: { type: 'boolean', title: 'Allow this call', description: 'Once, with these arguments' } },
  required: ['allow'],
} as const;

/** What the person is shown: the call, why it is asked about, and where its values came from. */
function questionOf({ ruled, given, crossing }: AskedCall, { server }: Scene): string {
  const { name = '', records } = crossing;
  const reason = records.judge.engine.message(ruled.guard.decision);
  const shown = given.length > ELICITED_MAX_CHARS ? `${given.slice(0, ELICITED_MAX_CHARS)}...` : given;
  const sources = (ruled.flow?.arguments ?? []).flatMap(({ path, source, evidence: [first] }) => {
    if (first === undefined || source === 'user' || source === 'trusted') return [];
    const { tool = 'a text', document, line } = first.origin;
    return [`- ${path}: from ${tool}${document === undefined ? '' : ` (${document.toWellFormed()})`}, line ${line}`];
  });
  return [
    `An agent wants to call the tool ${name} of the server ${server.name}${reason === undefined ? '' : `: ${reason}`}.`,
    `Arguments: ${shown.toWellFormed()}`,
    ...(sources.length === 0 ? [] : ['Where values came from:', ...sources.slice(0, SOURCES_SHOWN)]),
  ].join('\n');
}

/** Arguments whose sources are shown. */
const SOURCES_SHOWN = 8;

/** Who sits at the client: the user whom an agent acts for, where it acts for one. */
function personOf(principal: Principal): Principal {
  const { onBehalfOf } = principal;
  return onBehalfOf === undefined ? principal : { kind: 'user', ...onBehalfOf };
}
