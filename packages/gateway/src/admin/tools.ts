import { isFault, type PinOwner, SallyportError, type SeenDefinition, type StoredPin } from '@sallyport/core';
import type { ToolOffice, WaitingChange } from '@sallyport/runtime';
import { visibleText } from '@sallyport/text';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type CallAbout, pageSchema } from './description/call-about.ts';
import { shownTool as shown, shownToolChanges } from './description/shown-house.ts';
import { callOf } from './guard-calls.ts';
import { OPERATOR_WORDS } from './operator-words.ts';
import { PAGE_QUERY, pageOf } from './paging.ts';
import { isOf, tenantOf } from './tenant-of.ts';

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

const CALLS = {
  list: {
    id: 'listTools',
    about: 'tools that were pinned, by their owners',
    query: PAGE_QUERY,
    answers: pageSchema('tools', shown),
    faults: ['NOT_FOUND'],
  },
  show: {
    id: 'showTool',
    about: 'one tool that was pinned, and what its definitions that wait say otherwise',
    answers: shownToolChanges,
    faults: ['NOT_FOUND'],
  },
  decide: {
    id: 'decideTool',
    about: 'accepts a definition that waits, or has a tool forgotten',
    body: stepBody,
    answers: shown,
    faults: ['NOT_FOUND'],
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

interface Identified {
  readonly Params: { readonly id: string };
}

/** What operators may see and say of tools that were pinned; those of a tenant, of its own. */
export function addTools(api: FastifyInstance, office: ToolOffice): void {
  api.get('/api/v1/tools', { config: { permission: 'tools.read', call: CALLS.list } }, (request) => {
    const { items, ...more } = pageOf(
      office.list(tenantOf(callOf(request).operator)),
      ({ id }) => id,
      PAGE_QUERY.parse(request.query),
    );
    return { tools: items.map(shownTool), ...more };
  });
  api.get<Identified>('/api/v1/tools/:id', { config: { permission: 'tools.read', call: CALLS.show } }, (request) => {
    const pin = pinFor(request, office);
    const changed: ShownToolChanges = { ...shownTool(pin), changes: office.changes(pin).map(visibleChange) };
    return changed;
  });
  api.post<Identified>(
    '/api/v1/tools/:id',
    { config: { permission: 'tools.decide', call: CALLS.decide } },
    async (request) => {
      const { reason, via, ...said } = stepBody.parse(request.body);
      const verdict = { by: callOf(request).operator.principal.id, via, reason };
      const { id } = pinFor(request, office);
      const pin =
        said.step === 'accepted' ? await office.accept(id, said.hash, verdict) : await office.forget(id, verdict);
      if (isFault(pin)) throw new SallyportError(pin.fault);
      return shownTool(pin);
    },
  );
}

/** @throws {SallyportError} `NOT_FOUND` also where it is another tenant's */
function pinFor(request: FastifyRequest<Identified>, office: ToolOffice): StoredPin {
  const pin = office.get(request.params.id);
  if (pin === undefined || !isOf(pin.owner.tenant, tenantOf(callOf(request).operator)))
    throw new SallyportError('NOT_FOUND');
  return pin;
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
