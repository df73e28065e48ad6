import { SallyportError } from '@sallyport/core';
import {
  bundleProblem,
  describeProblem,
  type LoadResult,
  PolicyHolder,
  type PolicyProblem,
  watchPolicyFolder,
} from '@sallyport/policy';
import type { BundleFloor } from '@sallyport/stores';
import type { PoliciesConfig } from './config/index.ts';
import { loadPolicies } from './load-policies.ts';

/** A set that came into force. */
export interface SetInForce {
  readonly cause: 'start' | 'reload';
  /** Hash of the set before; absent at the start. */
  readonly before?: string;
  readonly loaded: Extract<LoadResult, { ok: true }>;
}

export interface PolicyRoom {
  readonly holder: PolicyHolder;
  /** The set with which the room was opened. */
  readonly first: SetInForce;
  close(): void;
}

/** What became of a folder that changed. `inForce` is absent where nothing else is in force than before. */
export interface Reload {
  readonly problems: readonly PolicyProblem[];
  readonly inForce?: SetInForce;
}

export interface PolicyRoomOptions {
  readonly policies: PoliciesConfig;
  /** Every type of finding that the detectors can yield. */
  readonly findingTypes: readonly string[];
  /** The version below which no signed folder is taken. */
  readonly floor: BundleFloor;
  /** Called when the folder changed. */
  readonly onReload: (reload: Reload) => void;
}

/**
 * Loads the policies and keeps them fresh: a folder that changes is read again, and a set that can't be loaded, or that
 * nobody vouches for who must, leaves the last good one in force.
 * @throws {SallyportError} `POLICY_INVALID` when there is no good set to begin with
 */
export function openPolicyRoom({ policies, findingTypes, floor, onReload }: PolicyRoomOptions): PolicyRoom {
  const read = (): LoadResult => aboveFloor(loadPolicies(policies, findingTypes), policies, floor);
  const first = read();
  if (!first.ok) throw new SallyportError('POLICY_INVALID', { detail: first.problems.map(describeProblem).join('\n') });
  raise(floor, first);
  const holder = new PolicyHolder(first);
  const opened = { holder, first: { cause: 'start', loaded: first } } as const;
  if (policies.folder === undefined) return { ...opened, close: () => undefined };
  const watch = watchPolicyFolder(policies.folder, { onChange: () => onReload(offer(holder, read(), floor)) });
  return { ...opened, close: () => watch.close() };
}

function offer(holder: PolicyHolder, loaded: LoadResult, floor: BundleFloor): Reload {
  const { inForce: before, bundle } = holder.status();
  // Before the set is in force: a mark that can't be written must not leave one in force that a restart would undo.
  const raised = loaded.ok ? attempt(() => raise(floor, loaded)) : true;
  const offered: LoadResult = raised
    ? loaded
    : { ok: false, problems: [bundleProblem('its version could not be written into the data folder')] };
  const { problems } = holder.offer(offered);
  if (!offered.ok) return { problems };
  const same = offered.engine.policySet === before && offered.bundle?.version === bundle?.version;
  return same ? { problems } : { problems, inForce: { cause: 'reload', before, loaded: offered } };
}

function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

/** A version counts up, whoever signs: an old folder that is put back would undo what was decided since. */
function aboveFloor(loaded: LoadResult, { bundle: asked }: PoliciesConfig, { mark }: BundleFloor): LoadResult {
  if (!loaded.ok || loaded.bundle === undefined || mark === undefined || asked?.allowRollback === true) return loaded;
  const { version, digest } = loaded.bundle;
  if (version < mark.version) {
    const message = `version ${version} is below ${mark.version}, which was in force; \`policies.bundle.allowRollback\` takes it`;
    return { ok: false, problems: [bundleProblem(message)] };
  }
  if (version === mark.version && digest !== mark.digest) {
    return {
      ok: false,
      problems: [bundleProblem(`version ${version} was another bundle: a changed folder needs a higher one`)],
    };
  }
  return loaded;
}

function raise(floor: BundleFloor, { bundle }: Extract<LoadResult, { ok: true }>): void {
  if (bundle === undefined) return;
  const { version, digest } = bundle;
  const { mark } = floor;
  if (mark === undefined || version > mark.version) floor.raise({ version, digest });
}
