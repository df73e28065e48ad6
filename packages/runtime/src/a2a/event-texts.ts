import { type JsonNode, type JsonObject, type JsonString, memberOf, stringOf } from '@sallyport/wire';

/** A text of an event, and the text that it goes on with: a client that joins them reads one. */
export interface EventText {
  /** An artifact by its id, or `MESSAGES`. */
  readonly lane: string;
  readonly node: JsonString;
}

/** What an event says, and which texts are not whole with it. */
export interface EventTexts {
  /** In the order in which they stand there. */
  readonly texts: readonly EventText[];
  /** Artifacts of which more is to come. */
  readonly opens: readonly string[];
  /** Artifacts that are whole now. */
  readonly closes: readonly string[];
  /** Nothing more comes of any text: the task waits, or is over. */
  readonly closesAll: boolean;
}

/** States in which a task goes on by itself (A2A 1.0, section 4.1.3, and 0.3, section 6.3). */
const GOING_ON = new Set(['submitted', 'working', 'TASK_STATE_SUBMITTED', 'TASK_STATE_WORKING']);
/** Messages are whole as they come, and read one after the other. */
export const MESSAGES = 'message';
const HOLDERS = ['message', 'task', 'statusUpdate', 'artifactUpdate'] as const;

/** Reads an answer of an agent, or an event of one; in 1.0 a member says what it is, and what says both is read as both. */
export function textsOf(result: JsonNode): EventTexts {
  const texts: EventText[] = [];
  const opens: string[] = [];
  const closes: string[] = [];
  const states: string[] = [];
  for (const node of [result, ...HOLDERS.map((name) => memberOf(result, name))]) {
    if (node?.kind !== 'object') continue;
    readHolder(node, texts);
    states.push(stringOf(memberOf(node, 'status'), 'state') ?? '');
    const artifact = memberOf(node, 'artifact');
    if (artifact === undefined) continue;
    const lane = artifactLane(artifact);
    readParts(artifact, lane, texts);
    (isTrue(memberOf(node, 'lastChunk')) ? closes : opens).push(lane);
  }
  for (const task of listed(result, 'tasks')) if (task.kind === 'object') readHolder(task, texts);
  const closesAll = states.some((state) => state !== '' && !GOING_ON.has(state));
  return { texts: texts.sort((a, b) => a.node.start - b.node.start), opens, closes, closesAll };
}

/** A task, a message or a status. */
function readHolder(node: JsonObject, texts: EventText[]): void {
  for (const message of listed(node, 'history')) readParts(message, MESSAGES, texts);
  readParts(node, MESSAGES, texts);
  readParts(memberOf(memberOf(node, 'status'), 'message'), MESSAGES, texts);
  for (const artifact of listed(node, 'artifacts')) readParts(artifact, artifactLane(artifact), texts);
}

function readParts(holder: JsonNode | undefined, lane: string, texts: EventText[]): void {
  for (const part of listed(holder, 'parts')) {
    const node = memberOf(part, 'text');
    if (node?.kind === 'string') texts.push({ lane, node });
  }
}

function artifactLane(artifact: JsonNode | undefined): string {
  return `artifact ${stringOf(artifact, 'artifactId') ?? ''}`;
}

function listed(node: JsonNode | undefined, member: string): readonly JsonNode[] {
  const list = memberOf(node, member);
  return list?.kind === 'array' ? list.items : [];
}

function isTrue(node: JsonNode | undefined): boolean {
  return node?.kind === 'word' && node.value === true;
}
