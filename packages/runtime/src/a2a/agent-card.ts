import { Buffer } from 'node:buffer';
import { type Fault, isFault } from '@sallyport/core';
import { type JsonMembers, type MessageLimits, readMessage } from '@sallyport/mcp';
import { type JsonObject, memberOf, stringOf } from '@sallyport/wire';
import type { AgentTool, AgentVersion } from './methods.ts';

/** Skills of one card; one with more is not read. */
export const CARD_MAX_SKILLS = 500;

/** The card of an agent, as it came. */
export interface AgentCard {
  /** Versions in which it speaks JSON-RPC. */
  readonly versions: ReadonlySet<AgentVersion>;
  readonly value: JsonMembers;
}

/** Reads a card as strictly as a message: no member twice, no half a character. */
export function readCard(bytes: Uint8Array, limits: MessageLimits): AgentCard | Fault {
  const wrapped = Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":0,"result":'), bytes, Buffer.from('}')]);
  const message = readMessage(wrapped, limits);
  if (isFault(message)) return message;
  if (message.kind !== 'result' || message.root.members.length !== 3) return { fault: 'BODY_SHAPE', at: '' };
  const { result, text } = message;
  if (stringOf(result, 'name') === undefined) return { fault: 'BODY_SHAPE', at: '/name' };
  const skills = memberOf(result, 'skills');
  const isSkilled =
    skills?.kind === 'array' &&
    skills.items.length <= CARD_MAX_SKILLS &&
    skills.items.every((skill) => stringOf(skill, 'id') !== undefined);
  if (!isSkilled) return { fault: 'BODY_SHAPE', at: '/skills' };
  const value: JsonMembers = JSON.parse(text.slice(result.start, result.end));
  return { versions: versionsOf(result), value };
}

function versionsOf(card: JsonObject): ReadonlySet<AgentVersion> {
  const versions = new Set<AgentVersion>();
  const interfaces = memberOf(card, 'supportedInterfaces');
  for (const each of interfaces?.kind === 'array' ? interfaces.items : []) {
    const version = stringOf(each, 'protocolVersion');
    if (stringOf(each, 'protocolBinding') !== 'JSONRPC') continue;
    if (version === '1.0' || version === '0.3') versions.add(version);
  }
  const transport = stringOf(card, 'preferredTransport') ?? 'JSONRPC';
  const isEarlier = /^0\.3(?:\.\d+)?$/.test(stringOf(card, 'protocolVersion') ?? '');
  if (isEarlier && (transport === 'JSONRPC' || offersJsonRpc(card))) versions.add('0.3');
  return versions;
}

function offersJsonRpc(card: JsonObject): boolean {
  const others = memberOf(card, 'additionalInterfaces');
  return others?.kind === 'array' && others.items.some((each) => stringOf(each, 'transport') === 'JSONRPC');
}

const OBJECT = { type: 'object' } as const;

/** What the agent's tools are called, and what each is for. */
const TOOLS: Readonly<Record<Exclude<AgentTool, 'send_message'>, string>> = {
  get_task: 'Says how a task stands.',
  list_tasks: 'Lists tasks.',
  cancel_task: 'Ends a task.',
  subscribe_to_task: 'Tells what becomes of a task.',
  get_card: 'Says what the agent is.',
};

/**
 * The card as definitions of tools, so that it is scanned and pinned like those: one for its own words, which is that of sending a
 * message, and one for each skill.
 */
export function definitionsOf({ value }: AgentCard): readonly JsonMembers[] {
  const { skills, description, signatures, ...own } = value;
  const text = typeof description === 'string' ? description : '';
  // One skill more, or one less, is another card too.
  const names = (skills as readonly JsonMembers[]).map(({ id }) => id);
  return [
    { name: 'send_message', description: text, inputSchema: OBJECT, card: { ...own, skills: names } },
    ...(skills as readonly JsonMembers[]).map(({ id, description: about, ...skill }) => ({
      name: `skill:${String(id)}`,
      description: typeof about === 'string' ? about : '',
      inputSchema: OBJECT,
      card: skill,
    })),
    ...Object.entries(TOOLS).map(([name, about]) => ({ name, description: about, inputSchema: OBJECT })),
  ];
}

/** What the gateway can't pass on, or what would lead past it. */
const LEFT_OUT = new Set([
  'url',
  'preferredTransport',
  'additionalInterfaces',
  'supportedInterfaces',
  'signatures',
  'security',
  'securitySchemes',
  'securityRequirements',
  'supportsAuthenticatedExtendedCard',
]);

/** The card as clients get it: one transport, at the gateway's own address; no signature, since it is another card. */
export function offeredCard({ value, versions }: AgentCard, url: string): JsonMembers {
  const kept = Object.fromEntries(Object.entries(value).filter(([name]) => !LEFT_OUT.has(name)));
  const could = typeof value.capabilities === 'object' ? (value.capabilities as JsonMembers) : {};
  const { extendedAgentCard, ...rest } = could;
  const capabilities = { ...rest, pushNotifications: false };
  const earlier = { url, preferredTransport: 'JSONRPC' };
  const interfaces = [...versions].map((protocolVersion) => ({ url, protocolBinding: 'JSONRPC', protocolVersion }));
  const isModern = versions.has('1.0');
  return {
    ...kept,
    capabilities,
    ...(isModern && { supportedInterfaces: interfaces }),
    ...(versions.has('0.3') && earlier),
  };
}
