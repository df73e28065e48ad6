import { describe, expect, it } from 'vitest';
import { parsePolicy } from './cedar.ts';
import type { EntityFacts, Scene } from './operators.ts';
import { ScopeIndex } from './scope-index.ts';
import { EntityRef } from './value.ts';

const SCOPES = [
  'principal, action, resource',
  'principal == User::"ann", action, resource',
  'principal in User::"ann", action, resource',
  'principal in Group::"staff", action, resource',
  'principal is Agent, action, resource',
  'principal is User in Group::"staff", action, resource',
  'principal, action, resource in Provider::"p"',
  'principal in Group::"staff", action, resource == Model::"gpt"',
];

function index(): ScopeIndex {
  const policies = SCOPES.map((scope) => {
    const parsed = parsePolicy(`forbid (${scope});`);
    if ('complaint' in parsed) throw new Error(parsed.complaint.message);
    return parsed.policy;
  });
  return new ScopeIndex(policies);
}

function entity(type: string, id: string, ...ancestors: EntityRef[]): EntityFacts {
  return { ref: new EntityRef(type, id), attributes: new Map(), ancestors };
}

function scene(principal: EntityFacts, resource: EntityFacts): Scene {
  return { principal, action: new EntityRef('Action', 'input'), resource, context: new Map() };
}

const staff = new EntityRef('Group', 'staff');
const provider = new EntityRef('Provider', 'p');

describe('ScopeIndex', () => {
  it('passes over what names somebody or something else, and nothing else', () => {
    const scopes = index();
    const left = (one: Scene): readonly number[] => {
      scopes.look(one);
      return SCOPES.flatMap((_, at) => (scopes.mayHold(at) ? [at] : []));
    };
    const gpt = entity('Model', 'gpt', provider);
    expect(left(scene(entity('User', 'ann', staff), gpt))).toEqual([0, 1, 2, 3, 5, 6, 7]);
    expect(left(scene(entity('Agent', 'ann'), entity('Tool', 'gpt')))).toEqual([0, 4]);
    // What the last scene marked is forgotten.
    expect(left(scene(entity('Service', 'bo'), entity('Tool', 'x')))).toEqual([0]);
    // An entity that asks about itself is known as the principal.
    expect(left(scene(entity('Model', 'gpt', provider), entity('Model', 'gpt')))).toEqual([0, 6]);
  });

  it('knows no policy where there is none', () => {
    const scopes = new ScopeIndex([]);
    scopes.look(scene(entity('User', 'ann'), entity('Model', 'gpt')));
    expect(scopes.mayHold(0)).toBe(false);
  });
});
