import { setFlagsFromString } from 'node:v8';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import { MAX_NESTING_WEIGHT, nestingWeight } from './nesting.ts';
import type { EntityFacts, Scene } from './operators.ts';
import { DecimalValue, EntityRef, FAILED, isRecord, type Result, SetValue } from './value.ts';

// V8 11.3, that of Node 20, inlines calls into WASM, and ends the process (`unreachable code` in the deoptimiser) when one of them is left
// while it is inlined. Without inlining a call costs some nanoseconds more. Later versions don't do that, and some don't know the flag.
if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--no-turbo-inline-js-wasm-calls');

/** One complaint of Cedar's; `start` is a UTF-8 byte offset in the text that it was given. */
export interface CedarComplaint {
  readonly message: string;
  readonly start: number;
}

/** A policy as Cedar parsed it. */
export type CedarPolicy = cedar.PolicyJson;

/** Cedar's WASM traps on what it can't take; that fails the policies at hand, not the gateway. */
function guarded<T>(call: () => T): T | { readonly type: 'failure'; readonly errors: readonly [] } {
  try {
    return call();
  } catch {
    return { type: 'failure', errors: [] };
  }
}

/** Cedar repeats names of any length; its messages go to logs and to `/readyz`. */
export const MAX_MESSAGE_CHARS = 400;

function complaintOf(error: cedar.DetailedError): CedarComplaint {
  const place = error.sourceLocations?.[0];
  const expected = place?.label ? `, ${place.label}` : '';
  const help = error.help ? ` (${error.help})` : '';
  const message = error.message.replace(/^failed to parse policy(?: with id `[^`]{0,200}`)? from string: /, '');
  const whole = `${message.replace(/^for policy `[^`]{0,200}`, /, '')}${expected}${help}`;
  return { message: whole.slice(0, MAX_MESSAGE_CHARS), start: place?.start ?? 0 };
}

/** Parses exactly one policy. */
export function parsePolicy(text: string): { readonly policy: CedarPolicy } | { readonly complaint: CedarComplaint } {
  if (nestingWeight(text) > MAX_NESTING_WEIGHT) return { complaint: { message: 'nested too deeply', start: 0 } };
  const answer = guarded(() => cedar.policyToJson(text));
  if (answer.type === 'success') return { policy: answer.json };
  const [error] = answer.errors;
  if (error === undefined) return { complaint: { message: 'Cedar could not parse the policy', start: 0 } };
  return { complaint: complaintOf(error) };
}

export interface Validation {
  readonly errors: readonly (CedarComplaint & { readonly id: string })[];
  readonly warnings: readonly (CedarComplaint & { readonly id: string })[];
}

/** Validates policies against a schema, strictly. One complaint per place: Cedar repeats itself for every action. */
export function validatePolicies(schema: string, policies: Readonly<Record<string, string>>): Validation {
  const answer = guarded(() => cedar.validate({ schema, policies: { staticPolicies: { ...policies } } }));
  if (answer.type === 'failure') {
    const message = answer.errors[0]?.message ?? 'Cedar could not validate the set';
    return { errors: [{ id: '', message, start: 0 }], warnings: [] };
  }
  return { errors: onePerPlace(answer.validationErrors), warnings: onePerPlace(answer.validationWarnings) };
}

function onePerPlace(errors: readonly cedar.ValidationError[]): Validation['errors'] {
  const places = new Map<string, CedarComplaint & { readonly id: string }>();
  const all = errors.map(({ policyId, error }) => ({ id: policyId, ...complaintOf(error) }));
  // Cedar's own order differs from run to run.
  all.sort((a, b) => a.id.localeCompare(b.id) || a.start - b.start || (a.message < b.message ? -1 : 1));
  for (const complaint of all) {
    const place = `${complaint.start} ${complaint.id}`;
    if (!places.has(place)) places.set(place, complaint);
  }
  return [...places.values()];
}

/** What Cedar made of a set for one scene. */
export interface CedarAnswer {
  readonly held: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
}

const NOBODY: EntityFacts = { ref: new EntityRef('Nobody', ''), attributes: new Map(), ancestors: [] };
const WARM_UP: Scene = { principal: NOBODY, action: new EntityRef('Action', ''), resource: NOBODY, context: new Map() };

const BUILT_IN_PERMIT = 'sallyport-built-in-permit';

/**
 * Policies of one effect, evaluated by Cedar itself: the oracle, and the way out for what the compiler can't do.
 * Cost: about 150 us a call, and 5 us for each policy. Cedar keeps a parsed set for the life of the process under `name`.
 */
export function cedarEvaluator(
  name: string,
  effect: 'permit' | 'forbid',
  texts: Readonly<Record<string, string>>,
): (scene: Scene) => CedarAnswer {
  // Cedar names the forbids that held only when it denies, and the permits when it allows: with a permit beside the
  // forbids, and no forbid beside the permits, it always names all.
  const staticPolicies = {
    ...texts,
    ...(effect === 'forbid' && { [BUILT_IN_PERMIT]: 'permit(principal,action,resource);' }),
  };
  const parsed = guarded(() => cedar.preparsePolicySet(name, { staticPolicies }));
  const allFailed: CedarAnswer = { held: new Set(), failed: new Set(Object.keys(texts)) };
  if (parsed.type === 'failure') return () => allFailed;
  // The first evaluation in a process takes milliseconds: better now than in somebody's request.
  guarded(() => cedar.statefulIsAuthorized(cedarCall(name, WARM_UP)));
  return (scene) => {
    const answer = guarded(() => cedar.statefulIsAuthorized(cedarCall(name, scene)));
    if (answer.type === 'failure') return allFailed;
    const { reason, errors } = answer.response.diagnostics;
    const held = new Set(reason);
    held.delete(BUILT_IN_PERMIT);
    return { held, failed: new Set(errors.map((error) => error.policyId)) };
  };
}

/** A question as Cedar takes it, about the set that is parsed under `name`. */
export function cedarCall(name: string, scene: Scene): cedar.StatefulAuthorizationCall {
  const known = new Map<string, cedar.EntityJson>();
  // Of two of one name the last counts, as the compiler has it: a principal before the user whom it acts for.
  const entities: readonly EntityFacts[] = [
    ...(scene.user === undefined ? [] : [scene.user]),
    scene.resource,
    scene.principal,
  ];
  for (const { ref, attributes, ancestors } of entities) {
    const attrs = Object.fromEntries([...attributes].map(([key, value]) => [key, cedarJson(value)]));
    known.set(JSON.stringify(uidOf(ref)), { uid: uidOf(ref), attrs, parents: ancestors.map(uidOf) });
  }
  return {
    preparsedPolicySetId: name,
    principal: uidOf(scene.principal.ref),
    action: uidOf(scene.action),
    resource: uidOf(scene.resource.ref),
    context: cedarJson(scene.context) as cedar.Context,
    entities: [...known.values()],
  };
}

function uidOf(ref: EntityRef): cedar.TypeAndId {
  return { type: ref.type, id: ref.id };
}

/** A value in Cedar's JSON. What is no value becomes `null`, which Cedar refuses, so that all policies fail. */
function cedarJson(value: Result): cedar.CedarValueJson {
  if (value === FAILED || typeof value === 'bigint') return null;
  if (value instanceof EntityRef) return { __entity: uidOf(value) };
  if (value instanceof SetValue) return value.elements.map(cedarJson);
  if (value instanceof DecimalValue) return { __extn: { fn: 'decimal', arg: String(value) } };
  if (!isRecord(value)) return value;
  return Object.fromEntries([...value.keys()].map((key) => [key, cedarJson(value.get(key) ?? FAILED)]));
}
