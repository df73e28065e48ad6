import {
  CAPTURE_FORMS,
  CATEGORIES,
  CHECKPOINTS,
  EFFECTS,
  MODES,
  PAYLOAD_PARTS,
  ROLES,
  SPOTLIGHTS,
} from '@sallyport/core';
import { z } from 'zod';
import { count, strings, time } from './call-about.ts';
import { principal, subject } from './shown-people.ts';

const name = z.string().exactOptional();
const sink = z.object({
  waiting: count,
  waitingBytes: count,
  written: count,
  dropped: count,
  failedWrites: count,
});
export const houseStatus = z.object({
  providers: z.array(z.object({ name: z.string(), kind: z.string(), models: strings })),
  routes: z.array(z.object({ name: z.string(), models: strings, protocols: strings, providers: strings })),
  detectors: z.array(z.object({ id: z.string(), version: z.string() })),
  policySet: z.string(),
  audit: z.object({
    mode: z.string(),
    size: count,
    origin: z.string(),
    archived: count,
    witnesses: z.array(
      z.object({
        witness: z.string(),
        standing: z.enum(['waiting', 'cosigned', 'unreachable', 'refused', 'ahead', 'forked']),
        size: count,
        at: time.exactOptional(),
        failures: count,
      }),
    ),
  }),
  keys: count,
  alerts: z.object({
    open: count,
    acknowledged: count,
    suppressed: count,
    dropped: count,
    failed: count,
    sinks: z.record(z.string(), sink),
  }),
  closing: z.boolean(),
});

const effect = z.enum(EFFECTS);
const probe = z.object({
  point: z.enum(CHECKPOINTS),
  category: z.enum(CATEGORIES),
  effect,
  policies: strings,
  monitored: strings,
});
const policy = z.object({
  id: z.string(),
  set: z.enum(['access', 'guard']),
  kind: z.enum(['permit', 'forbid']),
  effect: effect.exactOptional(),
  mode: z.enum(MODES),
  redact: z.array(z.object({ by: z.enum(['category', 'type']), name: z.string(), minRisk: count })),
  spotlight: z.enum(SPOTLIGHTS).exactOptional(),
  capture: z.object({ form: z.enum(CAPTURE_FORMS), effects: z.array(effect).exactOptional() }).exactOptional(),
  vault: z.literal(true).exactOptional(),
  message: name,
  description: name,
  at: z.object({ file: z.string(), line: count, column: count }),
});
export const policyReport = z.object({
  policySet: z.string(),
  bundle: z
    .object({
      name: z.string(),
      version: count,
      policySet: z.string(),
      createdAt: time,
      digest: z.string(),
      keyId: z.string(),
    })
    .exactOptional(),
  since: time,
  problems: strings,
  warnings: strings,
  policies: z.array(policy),
  coverage: z.object({ compiled: strings, cedar: z.array(z.object({ id: z.string(), reason: z.string() })) }),
  probes: z.object({ results: z.array(probe), unprotected: z.array(probe), monitoredOnly: z.array(probe) }),
});

export const shownBudget = z.object({
  limit: z.string(),
  counts: z.string(),
  per: z.string(),
  mode: z.enum(['hard', 'soft']),
  of: z.record(z.string(), z.string()),
  max: z.number(),
  used: z.number(),
  reserved: z.number(),
  resetsAt: time.exactOptional(),
});

const seen = z.array(z.object({ hash: z.string(), exchange: z.string(), at: time, by: name }));
const owner = z.object({
  tenant: z.string(),
  kind: z.enum(['user', 'service', 'agent']),
  id: z.string(),
  user: z.object({ tenant: z.string(), id: z.string() }).exactOptional(),
});
export const shownTool = z.object({
  id: z.string(),
  name: z.string(),
  shown: z.string().describe('the name with whatever hides in it written out'),
  owner: z.object({
    tenant: z.string(),
    principal: owner.omit({ tenant: true }),
    route: z.string(),
    protocol: z.string(),
  }),
  status: z.enum(['pinned', 'changed', 'untrusted']),
  trusted: seen,
  waiting: seen,
});

const change = z.object({ at: z.string(), before: name, after: name });
export const shownToolChanges = shownTool.extend({
  changes: z.array(z.object({ hash: z.string(), since: name, changes: z.array(change), more: count })),
});

export const shownAuthorization = z.object({
  id: z.string(),
  server: z.string(),
  owner: owner.exactOptional(),
  issuer: z.string(),
  scopes: strings,
  gotAt: time,
  expiresAt: time.exactOptional(),
  refreshable: z.boolean(),
  clients: z.array(z.object({ client: z.string(), at: time })),
});

export const shownApproval = z.object({
  id: z.string(),
  status: z.string(),
  tool: z.string(),
  arguments: z.string(),
  principal,
  route: z.string(),
  protocol: z.string(),
  exchange: z.string(),
  policies: strings,
  message: name,
  shown: z.object({ tool: z.string(), arguments: z.string(), principal: z.string(), message: z.string() }),
  provenance: z.array(
    z.object({
      path: z.string(),
      role: z.string(),
      source: z.string(),
      words: z.string(),
      doubtful: z.boolean(),
      evidence: z.array(z.object({ where: z.string(), excerpt: z.string() })),
    }),
  ),
  askedAt: time,
  expiresAt: time,
  decided: z.object({ by: z.string(), via: z.string(), reason: z.string(), at: time }).exactOptional(),
});
export const takenApproval = z.object({ approval: z.string(), status: z.string() });

const vaulted = z.object({ placeholder: z.string(), type: z.string(), value: z.string() });
const payload = z.object({
  exchange: z.string(),
  part: z.enum(PAYLOAD_PARTS),
  at: time,
  texts: z.array(
    z.object({
      point: z.enum(CHECKPOINTS),
      where: z.string(),
      role: z.enum(ROLES),
      tool: name,
      form: z.enum(CAPTURE_FORMS),
      text: z.string(),
      cutChars: count.exactOptional(),
    }),
  ),
  values: z.union([z.array(vaulted), count]),
  proven: z.boolean(),
});
export const shownContent = z.object({ exchange: z.string(), payloads: z.array(payload) });
export const revealed = vaulted;
export const erased = z.object({ subject, generations: count, keys: count, payloads: count });
export const exported = z.object({
  subject,
  payloads: z.array(payload),
  next: count.exactOptional().describe('`after` of the next page; absent on the last'),
});
export const rewrapped = z.object({ rewrapped: count, keyId: z.string() });
