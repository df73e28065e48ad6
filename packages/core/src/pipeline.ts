import { AnswerGuard } from './answer-guard.ts';
import { concatBytes } from './concat-bytes.ts';
import { deniedAs } from './contained-engine.ts';
import { detectRequest } from './detect.ts';
import { enforceRequest } from './enforce.ts';
import { type Fault, isFault } from './errors.ts';
import type { Arrival, Client, House } from './house.ts';
import type { WireEvent } from './protocol.ts';
import { type Cleared, Visit } from './visit.ts';

/** Bytes of an answer whose events are read at a time: they are many times as large. */
const STEP_BYTES = 65_536;

/**
 * One exchange, there and back: observe -> detect -> decide -> enforce -> record.
 * Resolves when the exchange is closed; what goes wrong on the way is answered to the client and recorded, never thrown.
 */
export async function conduct(arrival: Arrival, house: House, client: Client): Promise<void> {
  const visit = new Visit(arrival, house, client);
  try {
    const cleared = await admit(visit);
    if (cleared !== undefined) await answer(visit, cleared);
  } catch (error) {
    await visit.fail(error);
  }
}

/** The way in. Returns what may go to the provider, or nothing when the client was already answered. */
async function admit(visit: Visit): Promise<Cleared | undefined> {
  const { arrival, house } = visit;
  // observe
  const parsed = arrival.adapter.request(arrival.body, arrival.endpoint, house.limits);
  if (isFault(parsed)) return visit.turnAway(parsed.fault);
  const choice = visit.identify(parsed);
  if (isFault(choice)) return visit.turnAway(choice.fault);
  const { decision: entry } = choice.enter();
  if (entry.verdict !== 'allow') return visit.turnAway(deniedAs(entry), choice.atDoor);
  const tooMuch = visit.reserve(parsed);
  if (tooMuch !== undefined) return visit.turnAway(tooMuch.fault, choice.atDoor);
  // detect
  const inspected = detectRequest(
    visit.continued.withHistory(parsed),
    { tenant: arrival.principal.tenant, endpoint: visit.endpointName, inspector: visit.inspector },
    house.detection,
  );
  if (isFault(inspected)) return visit.turnAway(inspected.fault, choice.atDoor);
  const reads = visit.reads(inspected);
  if (isFault(reads)) return visit.turnAway(reads.fault, choice.atDoor);
  if (reads.denied) return visit.turnAway('ACCESS_DENIED', [...choice.atDoor, ...reads.rulings]);
  const vetted = visit.vet(visit.recognise(inspected));
  const tooOften = visit.reserveInSession();
  if (tooOften !== undefined) return visit.turnAway(tooOften.fault, choice.atDoor);
  const detected = visit.judge === undefined ? vetted : await visit.consult(vetted, visit.judge);
  // decide
  const ruling = choice.decide(detected);
  // enforce
  const enforced = enforceRequest(detected, ruling, visit.enforcing);
  // record: durable before the first byte of the answer, while the provider is already at work
  visit.opened({ detected, reads: reads.rulings, ruling, enforced });
  if (ruling.stopped !== undefined) return visit.refuse(ruling.stopped);
  return { choice, context: detected.context, enforced, labels: visit.labels(detected), align: visit.aligns(detected) };
}

/** The way back: no byte of the answer leaves before all that it carries was cleared. */
async function answer(visit: Visit, cleared: Cleared): Promise<void> {
  const { house } = visit;
  const upstream = await visit.send(cleared);
  const codec = visit.codecFor(upstream);
  const guard = new AnswerGuard(visit.answerParts(cleared, codec));
  visit.watch(guard);
  // observe, detect, decide. No event is handed on here: what waits for a slow client keeps all that it was given, and parsed
  // events are many times as large as the bytes that they leave as.
  const take = (events: readonly WireEvent[] | Fault) => {
    if (isFault(events)) return events;
    guard.take(events, house.clock.nowMs());
    return undefined;
  };
  const push = (bytes: Uint8Array) => take(codec.push(bytes));
  const end = () => take(codec.end());
  for await (const chunk of upstream.body) {
    for (let at = 0; at < chunk.length; at += STEP_BYTES) {
      if (await isOver(push(chunk.subarray(at, at + STEP_BYTES)), visit, guard)) return;
    }
  }
  if (await isOver(end(), visit, guard)) return;
  return visit.breakOff('UPSTREAM_BROKEN');
}

/** Lets go what may leave after a step of an answer. @returns whether the answer has come to an end by that */
async function isOver(fault: Fault | undefined, visit: Visit, guard: AnswerGuard): Promise<boolean> {
  if (fault !== undefined) return ended(visit.breakOff(fault.fault));
  do {
    // record: a tool call is recorded before any of it leaves
    const calls = guard.takeCalls();
    if (calls.length > 0) await visit.decided(calls);
    const stopped = guard.stopped ?? visit.isolated();
    if (stopped !== undefined) return ended(visit.refuse(stopped, guard.held));
    // enforce
    const { passing, terminal } = released(guard);
    visit.remember(guard.facts.stored);
    if (passing !== undefined) await visit.pass(passing);
    visit.waits(guard.holds);
    // record: the final receipt is durable before the terminal event
    if (terminal !== undefined) return ended(visit.complete(terminal));
    // decide: what came before a call that is still to be judged, or that a human must allow, has left by now
  } while (
    (guard.waitsForJudge.length > 0 && (await visit.judged(guard))) ||
    (guard.waitsFor.length > 0 && (await visit.asked(guard)))
  );
  return false;
}

async function ended(ending: Promise<unknown>): Promise<true> {
  await ending;
  return true;
}

/** What may leave now: the last event of an answer comes on its own. */
function released(guard: AnswerGuard): { readonly passing?: Uint8Array; readonly terminal?: Uint8Array } {
  const all = guard.release();
  const last = all.at(-1);
  const terminal = last?.terminal === true ? last.bytes : undefined;
  const passing = (terminal === undefined ? all : all.slice(0, -1)).map(({ bytes }) => bytes);
  return {
    ...(passing.length > 0 && { passing: concatBytes(passing) }),
    ...(terminal !== undefined && { terminal }),
  };
}
