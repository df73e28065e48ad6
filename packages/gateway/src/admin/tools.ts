import { isFault, type PinOwner, SallyportError, type SeenDefinition, type StoredPin } from '@sallyport/core';
import type { ToolOffice, WaitingChange } from '@sallyport/runtime';
import { visibleText } from '@sallyport/text';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callOf } from './guard-calls.ts';
import { OPERATOR_WORDS } from './operator-words.ts';

/** A tool as operators see it: what it is called, and under which hashes it was seen. */
export interface ShownTool {
  readonly id: string;
  readonly name: string;
  /** The same with whatever hides in it written out. */
  readonly shown: string;
  readonly owner: PinOwner;
  /** `changed`: another definition waits. `untrusted`: it read like another tool from the start. */
  readonly status: 'pinned' | 'changed' | 'untrusted';
  readonly trusted: readonly SeenDefinition[];
  readonly waiting: readonly SeenDefinition[];
}

/** A tool, and what its definitions that wait say otherwise. */
export interface ShownToolChanges extends ShownTool {
  /** Of those whose text was kept; what would hide in it is written out. */
  readonly changes: readonly WaitingChange[];
}

const stepBody = z.discriminatedUnion('step', [
  z.strictObject({ step: z.literal('accepted'), hash: z.string().regex(/^[0-9a-f]{32}$/), ...OPERATOR_WORDS }),
  z.strictObject({ step: z.literal('forgotten'), ...OPERATOR_WORDS }),
]);

interface Identified {
  readonly Params: { readonly id: string };
}

/** What operators may see and say of tools that were pinned. */
export function addTools(api: FastifyInstance, office: ToolOffice): void {
  api.get('/api/v1/tools', { config: { permission: 'tools.read' } }, () => ({ tools: office.list().map(shownTool) }));
  api.get<Identified>('/api/v1/tools/:id', { config: { permission: 'tools.read' } }, (request) => {
    const pin = office.get(request.params.id);
    if (pin === undefined) throw new SallyportError('NOT_FOUND');
    const shown: ShownToolChanges = { ...shownTool(pin), changes: office.changes(pin).map(visibleChange) };
    return shown;
  });
  api.post<Identified>('/api/v1/tools/:id', { config: { permission: 'tools.decide' } }, async (request) => {
    const { reason, via, ...said } = stepBody.parse(request.body);
    const verdict = { by: callOf(request).operator.principal.id, via, reason };
    const { id } = request.params;
    const pin =
      said.step === 'accepted' ? await office.accept(id, said.hash, verdict) : await office.forget(id, verdict);
    if (isFault(pin)) throw new SallyportError(pin.fault);
    return shownTool(pin);
  });
}

function shownTool({ id, name, owner, trusted, waiting }: StoredPin): ShownTool {
  const known = trusted.length === 0 ? 'untrusted' : 'pinned';
  const status = known === 'pinned' && waiting.length > 0 ? 'changed' : known;
  return { id, name, shown: visibleText(name), owner, status, trusted, waiting };
}

function visibleChange({ changes, ...change }: WaitingChange): WaitingChange {
  const shown = changes.map(({ at, before, after }) => ({
    at: visibleText(at),
    ...(before === undefined ? {} : { before: visibleText(before) }),
    ...(after === undefined ? {} : { after: visibleText(after) }),
  }));
  return { ...change, changes: shown };
}
