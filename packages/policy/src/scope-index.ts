import type { PolicyJson, PrincipalConstraint, ResourceConstraint } from '@cedar-policy/cedar-wasm/nodejs';
import { type EntityFacts, factsOf, type Scene } from './operators.ts';

/** The slot of a scope that demands nothing; it is always there. */
const ANYTHING = 0;

/** What of a scope must be there for the policy to hold: the place of an entity or of a type. Necessary, never sufficient. */
class ScopeSlots {
  readonly #byType = new Map<string, { is: number | undefined; readonly byId: Map<string, number> }>();
  #size = 1;

  get size(): number {
    return this.#size;
  }

  /** The slot that a constraint needs. */
  of(constraint: PrincipalConstraint | ResourceConstraint): number {
    const demand = demandOf(constraint);
    if (demand === undefined) return ANYTHING;
    const known = this.#byType.get(demand.type);
    const slots = known ?? { is: undefined, byId: new Map<string, number>() };
    if (known === undefined) this.#byType.set(demand.type, slots);
    const slot = demand.id === undefined ? slots.is : slots.byId.get(demand.id);
    if (slot !== undefined) return slot;
    const made = this.#size;
    this.#size += 1;
    if (demand.id === undefined) slots.is = made;
    else slots.byId.set(demand.id, made);
    return made;
  }

  /** Marks the slots of an entity and of all that it is in. */
  mark({ ref, ancestors }: EntityFacts, present: Uint8Array): void {
    if (this.#size === 1) return;
    const own = this.#byType.get(ref.type);
    if (own !== undefined) {
      if (own.is !== undefined) present[own.is] = 1;
      const slot = own.byId.get(ref.id);
      if (slot !== undefined) present[slot] = 1;
    }
    for (const { type, id } of ancestors) {
      const slot = this.#byType.get(type)?.byId.get(id);
      if (slot !== undefined) present[slot] = 1;
    }
  }
}

function demandOf(
  constraint: PrincipalConstraint | ResourceConstraint,
): { readonly type: string; readonly id?: string } | undefined {
  if (constraint.op === 'All') return undefined;
  if (constraint.op === 'is') {
    const { entity_type: type, in: within } = constraint;
    return within === undefined ? { type } : entityIn(within);
  }
  return entityIn(constraint);
}

function entityIn(
  constraint: { entity: { type: string; id: string } | { __entity: { type: string; id: string } } } | { slot: string },
): { readonly type: string; readonly id: string } | undefined {
  if (!('entity' in constraint)) return undefined;
  const { entity } = constraint;
  return '__entity' in entity ? entity.__entity : entity;
}

/**
 * Passes over policies whose scope names somebody or something else, before any of them is evaluated. A scope never fails, so
 * that one passed over neither held nor failed. Cost: 20 ns for each entity of a scene, 1 ns for each policy.
 */
export class ScopeIndex {
  readonly #principals = new ScopeSlots();
  readonly #resources = new ScopeSlots();
  readonly #needs: readonly { readonly principal: number; readonly resource: number }[];
  readonly #principal: Uint8Array;
  readonly #resource: Uint8Array;

  constructor(policies: readonly Pick<PolicyJson, 'principal' | 'resource'>[]) {
    this.#needs = policies.map(({ principal, resource }) => ({
      principal: this.#principals.of(principal),
      resource: this.#resources.of(resource),
    }));
    this.#principal = new Uint8Array(this.#principals.size);
    this.#resource = new Uint8Array(this.#resources.size);
  }

  /** Must be called before `mayHold()`, once for each scene. */
  look(scene: Scene): void {
    this.#principal.fill(0);
    this.#resource.fill(0);
    this.#principal[ANYTHING] = 1;
    this.#resource[ANYTHING] = 1;
    this.#principals.mark(scene.principal, this.#principal);
    this.#resources.mark(factsOf(scene, scene.resource.ref) ?? scene.resource, this.#resource);
  }

  /** Whether the policy at this place can hold for the scene that was looked at last. */
  mayHold(at: number): boolean {
    const need = this.#needs[at];
    return need !== undefined && this.#principal[need.principal] === 1 && this.#resource[need.resource] === 1;
  }
}
