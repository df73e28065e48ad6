import {
  type AccessQuestion,
  blockedFor,
  consultJudge,
  isFault,
  type Ruling,
  ruleAccess,
  ruleGuard,
} from '@sallyport/core';
import { type McpMessage, type McpRequest, readMessage } from '@sallyport/mcp';
import { asksForSecret } from './asks-for-secret.ts';
import type { Crossing } from './crossing.ts';
import { MCP, type Scene, sourceOf } from './guarded-server.ts';
import { detectMessage, enforceMessage, ruleMessage } from './judge-message.ts';
import { CODES, refuse } from './refusals.ts';
import { type Admission, turnAway } from './turn-away.ts';

/** Requests of a client that bring something of what the server keeps: for these, its data source must be open to who asks. */
const READS = /^(?:resources|prompts|completion|subscriptions)\//;

/** observe -> detect -> decide -> enforce -> record: a request of either side that is no call of a tool. */
export async function admitRequest(crossing: Crossing, message: McpRequest, scene: Scene): Promise<Admission> {
  const { records, capture, from, method } = crossing;
  // observe, detect
  const seen = detectMessage(message, { scene, exchange: records.id, about: { from } });
  if (isFault(seen)) return turnAway(crossing, message, { fault: seen.fault, code: CODES.invalidRequest });
  const { judge } = scene.server;
  const detected = judge === undefined ? seen : await consultJudge(seen, judge, crossing.stop);
  // decide
  const access = from === 'client' && READS.test(method) ? ruleEntry(scene, crossing) : undefined;
  const { ruling, withheld } = ruleMessage(detected, records.judge, scene);
  const secret = from === 'server' && method === ELICIT && asksForSecret(message) ? secretAsked(crossing) : undefined;
  const denied = access !== undefined && access.decision.verdict !== 'allow' ? access : undefined;
  const stopped = denied ?? secret ?? ruling.stopped;
  const rulings = [access, secret].flatMap((one) => one ?? []).concat(ruling.rulings);
  // enforce
  const matter = enforceMessage(
    detected,
    { ...ruling, withheld: new Set([...ruling.withheld, ...withheld.keys()]) },
    scene,
  );
  // record: durable before it goes on
  capture.opened(matter, undefined);
  const effect = stopped?.effect ?? ruling.effect;
  const opened = { detected, rulings, effect, redacted: matter.enforced.redacted };
  await Promise.all([records.opened(message.bytes, opened), capture.whenKept()]);
  if (stopped !== undefined) {
    await records.closed('refused');
    return { goesOn: false, answer: refuse(crossing, stopped) };
  }
  return { goesOn: true, message: changed(message, matter.enforced.body, scene) };
}

const ELICIT = 'elicitation/create';
/** Why a form is stopped that asks a person for what no server may ask for. */
export const SECRET_ASKED = 'secret-asked';

function secretAsked({ records }: Crossing): Ruling {
  return blockedFor(SECRET_ASKED, ruleGuard(records.judge, { point: 'tool-result', findings: [], lines: [] }));
}

/** Whether the principal may have what the server keeps. */
function ruleEntry(scene: Scene, { records }: Crossing): Ruling {
  const question: AccessQuestion = {
    principal: scene.principal,
    action: 'read-data',
    resource: sourceOf(scene),
    context: { route: scene.server.route, protocol: MCP },
  };
  return ruleAccess(records.judge, question);
}

/** The message with other bytes; the same one where nothing had to change. */
export function changed<T extends McpMessage>(message: T, body: Uint8Array, { house }: Scene): T {
  if (body === message.bytes) return message;
  const read = readMessage(body, house.limits);
  // Only texts were replaced.
  if (isFault(read) || read.kind !== message.kind) throw new Error('an edited message is another one');
  return read as T;
}
