import {
  type AccessStore,
  type Fault,
  type Grant,
  type House,
  knownError,
  type RecordedBy,
  type Recorder,
  type SallyportError,
} from '@sallyport/core';
import { readEntities, textOf } from '../config/access.ts';
import { ENTITY_SECTIONS, type Entities, type EntitySection, entitiesSchema } from '../config/access-schema.ts';
import type { AccessConfig, DeepReadonly } from '../config/config.ts';
import type { ConfigProblem } from '../config/problem.ts';
import { EntityIndex } from './entity-index.ts';
import { GrantOffice } from './grant-office.ts';
import { mergedEntities, storedEntities } from './merge-entities.ts';
import { type IdentityOf, StandingDirectory } from './standing-directory.ts';

/** How often the file of entities is read again: events of file systems are not to be relied on. */
export const REREAD_MS = 1_000;

export interface AccessRoomParts {
  readonly access: AccessConfig;
  readonly store: AccessStore;
  readonly recorder: Recorder;
  readonly newId: () => string;
  readonly clock: { readonly dateMs: () => number; readonly after: House['clock']['after'] };
  readonly report: (error: SallyportError) => void;
  readonly identityOf?: IdentityOf;
  /** Told when the file of entities changed, with what is wrong with it: empty when it came into force. */
  readonly onReload: (problems: readonly ConfigProblem[]) => void;
}

/** Who is who and what is what, as it is in force, and where operators say so. */
export class AccessRoom {
  readonly directory: StandingDirectory;
  readonly grants: GrantOffice;
  readonly #parts: AccessRoomParts;
  /** Of the file, the last good ones. */
  #filed: DeepReadonly<Entities> = NONE;
  #entities: DeepReadonly<Entities> = NONE;
  #problems: readonly ConfigProblem[] = [];
  /** What the file said last; without a text where it could not be read. */
  #seen: { readonly text: string | undefined } | undefined;
  #callOff: (() => void) | undefined;

  constructor(parts: AccessRoomParts) {
    this.#parts = parts;
    const { store, recorder, newId, access, clock, report } = parts;
    const { maxGrantDays } = access;
    this.grants = new GrantOffice({ store, recorder, newId, maxGrantDays, clock, report });
    this.directory = new StandingDirectory({
      index: new EntityIndex(NONE, access.registry),
      grants: () => this.grants.open,
      dateMs: clock.dateMs,
      identityOf: parts.identityOf,
    });
    this.#readFile();
    this.#use();
    this.#watch();
  }

  /** What is in force, and what is wrong with a newer file. */
  report(): {
    readonly entities: DeepReadonly<Entities>;
    readonly registry: AccessConfig['registry'];
    readonly problems: readonly ConfigProblem[];
  } {
    return { entities: this.#entities, registry: this.#parts.access.registry, problems: this.#problems };
  }

  /**
   * Says something of somebody or something, beside what the files say.
   * @returns the entry with its defaults, or `BODY_SHAPE`, `NOT_FOUND` for a section that there is not
   * @throws {SallyportError} `RECORD_FAILED`, and nothing changed
   */
  async put({ section, name }: Place, value: unknown, said: Said): Promise<object | Fault> {
    if (!isSection(section)) return { fault: 'NOT_FOUND' };
    const parsed = entitiesSchema.safeParse({ [section]: { [name]: value } });
    if (!parsed.success)
      return { fault: 'BODY_SHAPE', at: `/${parsed.error.issues[0]?.path.slice(2).join('/') ?? ''}` };
    const entry = new Map<string, object>(Object.entries(parsed.data[section])).get(name);
    if (entry === undefined) return { fault: 'BODY_SHAPE' };
    await this.#record({ step: 'put', section, name, value: entry, ...said });
    this.#parts.store.putEntity({ section, name, value: entry });
    this.#use();
    return entry;
  }

  /** Takes back what was said here; what files say stays. @returns `NOT_FOUND` where nothing was */
  async remove({ section, name }: Place, said: Said): Promise<Place | Fault> {
    const known = this.#parts.store.entities().some((each) => each.section === section && each.name === name);
    if (!known) return { fault: 'NOT_FOUND' };
    await this.#record({ step: 'removed', section, name, ...said });
    this.#parts.store.removeEntity(section, name);
    this.#use();
    return { section, name };
  }

  close(): void {
    this.#callOff?.();
    this.grants.close();
  }

  #record(change: { readonly step: 'put' | 'removed'; readonly value?: unknown } & Place & Said): Promise<void> {
    const { newId, clock, recorder } = this.#parts;
    const at = new Date(clock.dateMs()).toISOString();
    return recorder.append({ v: 1, kind: 'entity', exchange: newId(), at, ...change });
  }

  #use(): void {
    const { access, store } = this.#parts;
    const { entities, unfit } = storedEntities(store.entities());
    this.#entities = mergedEntities([access.entities, this.#filed, entities]);
    this.directory.use(new EntityIndex(this.#entities, access.registry));
    this.grants.fix(fixedGrants(this.#entities));
    const unread = unfit.map((path) => ({
      path,
      message: 'does not fit what this version takes, and is not in force',
    }));
    this.#problems = [...this.#problems.filter(({ file }) => file !== undefined), ...unread];
  }

  /** @returns whether the file says something else than it did */
  #readFile(): boolean {
    const { entitiesFile, maxGrantDays } = this.#parts.access;
    if (entitiesFile === undefined) return false;
    const text = textOf(entitiesFile);
    if (this.#seen?.text === text && this.#seen !== undefined) return false;
    this.#seen = { text };
    const read = readEntities(text, { path: entitiesFile, maxGrantDays });
    if ('entities' in read) this.#filed = read.entities;
    this.#problems = 'problems' in read ? read.problems : [];
    return true;
  }

  #watch(): void {
    if (this.#parts.access.entitiesFile === undefined) return;
    this.#callOff = this.#parts.clock.after(REREAD_MS, () => {
      this.#look();
      this.#watch();
    });
  }

  #look(): void {
    try {
      if (!this.#readFile()) return;
      if (this.#problems.length === 0) this.#use();
      this.#parts.onReload(this.#problems);
    } catch (error) {
      // What was in force stays so, and the file is read again at the next look.
      this.#seen = undefined;
      this.#parts.report(knownError(error));
    }
  }
}

interface Place {
  readonly section: string;
  readonly name: string;
}

interface Said {
  readonly by: RecordedBy;
  readonly reason: string;
}

const NONE: DeepReadonly<Entities> = entitiesSchema.parse({});

function isSection(section: string): section is EntitySection {
  return ENTITY_SECTIONS.some((each) => each === section);
}

/** Grants that stand in files, under the names that they have there. */
export function fixedGrants({ grants }: DeepReadonly<Entities>): readonly Grant[] {
  return Object.entries(grants).map(([id, { resource, ...grant }]) => {
    const { kind, id: name, group } = resource;
    return {
      ...grant,
      id,
      resource: { kind, ...(name !== undefined && { id: name }), ...(group !== undefined && { group }) },
    };
  });
}
