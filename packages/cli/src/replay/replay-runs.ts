import type { CallFlow, ToolCall, ToolDefinition, Verdict } from '@sallyport/core';
import { createFlow, type LabelledTranscript, type TranscriptFlow } from '@sallyport/flow';
import { linesOf, openText } from '../lines.ts';
import { parseRun, type RecordedRun } from './recorded-run.ts';
import { type ReplayPolicy, type ReplayPolicyName, replayPolicy } from './replay-policies.ts';
import { type ReplayFigures, ReplayTally } from './replay-tally.ts';

export interface ReplayInput {
  readonly files: readonly string[];
  readonly tools: ReadonlyMap<string, readonly ToolDefinition[]>;
  /** By a run's id. */
  readonly critical: ReadonlyMap<string, readonly number[]>;
  readonly policies: readonly ReplayPolicyName[];
  /** How much a text looks like an instruction, 0..1000. */
  readonly spanRisk: (text: string) => number;
  readonly onBytes: (bytes: number) => void;
  /** Hears of every judged call. */
  readonly onCall: (judged: JudgedCall) => Promise<void>;
}

export interface JudgedCall {
  readonly run: RecordedRun;
  readonly call: ToolCall;
  /** Position among all calls of the run. */
  readonly at: number;
  readonly flow: CallFlow;
  readonly verdicts: readonly Verdict[];
}

export interface Replayed {
  /** In the order of the policies that were asked. */
  readonly figures: readonly ReplayFigures[];
  /** Lines that are no run, or too long. */
  readonly unreadable: number;
}

/** Plays recorded runs against policies, a row at a time: memory doesn't grow with the files. */
export async function replayRuns(input: ReplayInput): Promise<Replayed> {
  const flow = createFlow({ spanRisk: input.spanRisk });
  const policies = input.policies.map(replayPolicy);
  const tallies = input.policies.map((policy) => new ReplayTally(policy));
  let unreadable = 0;
  for (const file of input.files) {
    for await (const { text, tooLong } of linesOf(openText(file, input.onBytes))) {
      const run = tooLong ? undefined : parseRun(text);
      if (run === undefined) unreadable += 1;
      else await replayRun(run, { flow, policies, tallies, input });
    }
  }
  return { figures: tallies.map((tally) => tally.figures()), unreadable };
}

interface Stage {
  readonly flow: TranscriptFlow;
  readonly policies: readonly ReplayPolicy[];
  readonly tallies: readonly ReplayTally[];
  readonly input: ReplayInput;
}

async function replayRun(run: RecordedRun, { flow, policies, tallies, input }: Stage): Promise<void> {
  const tools = input.tools.get(run.suite) ?? [];
  const judged: JudgedCall[] = [];
  for (const [message, calls] of run.calls) {
    const labels = flow.label({ messages: run.messages.slice(0, message), tools });
    const sessionRisk = highestRisk(labels, message, input.spanRisk);
    for (const call of calls) {
      const traced = labels.trace(call);
      const question = { facts: traced.facts, sessionRisk };
      const verdicts = policies.map((policy) => policy(question));
      judged.push({ run, call, at: judged.length, flow: traced, verdicts });
    }
  }
  for (const call of judged) await input.onCall(call);
  for (const [index, tally] of tallies.entries()) {
    const verdicts = judged.map(({ verdicts: all }) => all[index] ?? 'allow');
    const writes = judged.map(({ flow: { facts } }) => facts.tool.effect === 'write');
    tally.add({ run, verdicts, writes, critical: input.critical.get(run.id) });
  }
}

function highestRisk(labels: LabelledTranscript, messages: number, spanRisk: (text: string) => number): number {
  let highest = 0;
  for (let at = 0; at < messages; at++) {
    for (const { integrity, shape, text } of labels.leavesOf(at)) {
      const brought = shape === 'free' && (integrity === 'untrusted' || integrity === 'third-party');
      if (brought) highest = Math.max(highest, spanRisk(text));
    }
  }
  return highest;
}
