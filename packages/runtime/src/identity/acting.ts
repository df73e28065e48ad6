import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  type ActedFor,
  BoundedCache,
  type Fault,
  fitsAny,
  fitsPattern,
  isFault,
  type Principal,
} from '@sallyport/core';
import { jwtVerify } from 'jose';
import { type ActingConfig, type IdentityConfig, TOKEN_ALGORITHMS } from '../config/index.ts';
import type { Answer } from './presented.ts';
import { readToken } from './read-token.ts';
import { isWord } from './token-principal.ts';

/** Statements that were verified and are remembered by their keyed hash. */
const VERIFIED_MAX = { maxEntries: 20_000, maxWeight: 20_000 };
/** How far an agent's clock and ours may differ, milliseconds. */
const CLOCK_TOLERANCE_MS = 30_000;
const GROUPS_MAX = 256;

const INVALID: Fault = { fault: 'BEHALF_INVALID' };
const DENIED: Fault = { fault: 'BEHALF_DENIED' };

export interface ActingParts {
  readonly config: IdentityConfig['onBehalfOf'];
  readonly maxBytes: number;
  /** Keyed hash. */
  readonly hashCredential: (secret: string) => string;
  /** Milliseconds since 1970. */
  readonly dateMs: () => number;
}

interface Agent {
  readonly config: ActingConfig;
  readonly key: KeyObject | undefined;
}

interface Kept {
  readonly user: ActedFor;
  readonly untilMs: number;
}

/** Says which agents act for which users: those that configuration names, and no other. */
export class Acting {
  readonly #parts: ActingParts;
  readonly #agents: readonly Agent[];
  readonly #kept = new BoundedCache<Kept>(VERIFIED_MAX);

  constructor(parts: ActingParts) {
    this.#parts = parts;
    this.#agents = parts.config.agents.map((config) => ({
      config,
      key: config.publicKey === undefined ? undefined : createPublicKey(config.publicKey),
    }));
  }

  /** An agent for whom a token said so. */
  byToken(agent: Principal, user: ActedFor): Principal | Fault {
    const known = this.#agentFor(agent);
    if (known === undefined || !fitsAny(known.config.users, user.id)) return DENIED;
    return { ...agent, groups: known.config.agentGroups, onBehalfOf: user };
  }

  /**
   * An agent that says so itself, in a signed statement: a compact JWS by the key that configuration has for it, with `iss` its own
   * id, `sub` the user, `aud`, `iat` and `exp`, and perhaps `groups`. The user is of the agent's tenant.
   * @returns `BEHALF_INVALID` for a statement that is not one, `BEHALF_DENIED` for a user whom it may not act for
   */
  byStatement(agent: Principal, statement: string): Answer<Principal> {
    const known = this.#agentFor(agent);
    if (agent.onBehalfOf !== undefined || statement.length > this.#parts.maxBytes) return INVALID;
    if (known === undefined) return DENIED;
    if (known.key === undefined) return INVALID;
    const name = this.#parts.hashCredential(JSON.stringify([agent.tenant, agent.id, statement]));
    const kept = this.#kept.get(name);
    if (kept !== undefined) return this.#parts.dateMs() < kept.untilMs ? { ...agent, onBehalfOf: kept.user } : INVALID;
    return this.#verify(agent, statement, { ...known, key: known.key, name });
  }

  async #verify(
    agent: Principal,
    statement: string,
    { config, key, name }: { readonly config: ActingConfig; readonly key: KeyObject; readonly name: string },
  ): Promise<Principal | Fault> {
    if (isFault(readToken(statement))) return INVALID;
    const { audience, maxAgeMs } = this.#parts.config;
    try {
      const { payload } = await jwtVerify(statement, key, {
        issuer: agent.id,
        audience,
        algorithms: [...TOKEN_ALGORITHMS],
        clockTolerance: CLOCK_TOLERANCE_MS / 1_000,
        currentDate: new Date(this.#parts.dateMs()),
        requiredClaims: ['sub', 'iat', 'exp'],
        maxTokenAge: maxAgeMs / 1_000,
      });
      const { sub, iat = 0, exp = 0, groups = [] } = payload;
      const isShort = (exp - iat) * 1_000 <= maxAgeMs;
      if (!isShort || !isWord(sub) || !Array.isArray(groups) || groups.length > GROUPS_MAX) return INVALID;
      if (!groups.every(isWord)) return INVALID;
      if (!fitsAny(config.users, sub)) return DENIED;
      const user = { id: sub, tenant: agent.tenant, groups: groups.filter((group) => fitsAny(config.groups, group)) };
      this.#kept.set(name, { user, untilMs: exp * 1_000 + CLOCK_TOLERANCE_MS }, 1);
      return { ...agent, onBehalfOf: user };
    } catch {
      return INVALID;
    }
  }

  /** The first that names it; what is no agent acts for nobody. */
  #agentFor({ kind, id }: Principal): Agent | undefined {
    return kind === 'agent' ? this.#agents.find(({ config }) => fitsPattern(config.agent, id)) : undefined;
  }
}
