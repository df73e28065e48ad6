import type { AccessQuestion, GuardQuestion, Principal, Resource } from '@sallyport/core';
import { GuardRecord } from './guard-record.ts';
import type { EntityFacts, Scene } from './operators.ts';
import { ProviderRecord } from './provider-record.ts';
import { remembered } from './remembered.ts';
import { EntityRef, type Value } from './value.ts';

const PRINCIPAL_TYPES = { user: 'User', service: 'Service', agent: 'Agent' } as const;
const RESOURCE_TYPES = { model: 'Model', tool: 'Tool', 'data-source': 'DataSource' } as const;
const RESOURCE_GROUPS = { model: 'ModelGroup', tool: 'ToolGroup', 'data-source': 'DataGroup' } as const;

/** Those who ask and what they ask for are the same objects from question to question, and never change. */
const principals = new WeakMap<Principal, Pick<Scene, 'principal' | 'user'>>();
const resources = new WeakMap<Resource, EntityFacts>();

/** Who asks, and the user whom an agent asks for. */
function principalFacts(principal: Principal): Pick<Scene, 'principal' | 'user'> {
  const { onBehalfOf } = principal;
  const asking = someone(PRINCIPAL_TYPES[principal.kind], principal);
  if (onBehalfOf === undefined) return { principal: asking, user: undefined };
  const user = someone(PRINCIPAL_TYPES.user, onBehalfOf);
  return { principal: { ...asking, attributes: new Map([...asking.attributes, ['onBehalfOf', user.ref]]) }, user };
}

function someone(type: string, { id, tenant, groups }: Pick<Principal, 'id' | 'tenant' | 'groups'>): EntityFacts {
  return {
    ref: new EntityRef(type, id),
    attributes: new Map([
      ['name', id],
      ['tenant', tenant],
    ]),
    ancestors: groups.map((group) => new EntityRef('Group', group)),
  };
}

function resourceFacts(resource: Resource): EntityFacts {
  const ancestors = resource.groups.map((group) => new EntityRef(RESOURCE_GROUPS[resource.kind], group));
  // Only models have providers in the schema.
  if (resource.kind === 'model' && resource.provider !== undefined) {
    ancestors.push(new EntityRef('Provider', resource.provider));
  }
  const attributes = new Map<string, Value>([['name', resource.id]]);
  if (resource.kind === 'model') attributes.set('provider', new ProviderRecord(resource));
  // What nobody says of a source is the stricter of the two.
  if (resource.kind === 'data-source') attributes.set('registered', resource.registered !== false);
  return { ref: new EntityRef(RESOURCE_TYPES[resource.kind], resource.id), attributes, ancestors };
}

export function accessScene(question: AccessQuestion): Scene {
  const { route, protocol, grant, reader, sink, approval, reveal } = question.context;
  const context = new Map<string, Value>([
    ['route', route],
    ['protocol', protocol],
    ['granted', grant !== undefined],
    ['grant', grant ?? ''],
  ]);
  if (question.action === 'read-data') context.set('reader', reader === true);
  if (sink !== undefined) context.set('sink', sink);
  if (approval !== undefined) {
    context.set('requester', approval.requester).set('requesterTenant', approval.tenant).set('via', approval.via);
    if (approval.onBehalfOf !== undefined) context.set('requesterOnBehalfOf', approval.onBehalfOf);
    const approver = `${question.principal.kind}/${question.principal.id}`;
    context.set('ownCall', approver === approval.requester || approver === approval.onBehalfOf);
  }
  if (reveal !== undefined) for (const [name, value] of Object.entries(reveal)) context.set(name, value);
  return sceneOf(question, question.action, context);
}

/**
 * @param types every type of finding that policies may name; those that weren't found count 0
 * @param given the arguments of a question about a tool's own action, as values of its types
 */
export function guardScene(question: GuardQuestion, types: ReadonlySet<string>, given?: Value): Scene {
  return sceneOf(question, question.typed?.action ?? question.point, new GuardRecord(question, types, given));
}

function sceneOf(
  { principal, resource }: Pick<GuardQuestion, 'principal' | 'resource'>,
  action: string,
  context: Value,
): Scene {
  const asking = remembered(principals, principal, principalFacts);
  return {
    principal: asking.principal,
    user: asking.user,
    action: new EntityRef('Action', action),
    resource: remembered(resources, resource, resourceFacts),
    context,
  };
}
