import { OTHER } from '../sketch/counted-names.ts';

/** Sessions of one series that may be under way at once; of those that came before, what comes next follows nothing. */
const SESSIONS_MAX = 64;

/** Which tool came before, in each session. */
export class LastTools {
  readonly #last = new Map<string, string>();

  /** A tool is called. @returns the pair of the tool before and this one, as `pairOf()` reads it */
  follow(session: string, tool: string): string {
    const before = this.#last.get(session) ?? '';
    this.#last.delete(session);
    this.#last.set(session, tool);
    if (this.#last.size > SESSIONS_MAX) {
      const [oldest] = this.#last.keys();
      if (oldest !== undefined) this.#last.delete(oldest);
    }
    return JSON.stringify([before, tool]);
  }
}

/** The tool that came before, empty where none did, and the one that followed it. @returns both empty of what is no pair */
export function pairOf(pair: string): readonly [before: string, tool: string] {
  try {
    const [before, tool] = JSON.parse(pair);
    return [String(before), String(tool)];
  } catch {
    return ['', ''];
  }
}

/** What stands for the pairs of a first tool that are not told apart. */
export function otherPair(first: string): string {
  return JSON.stringify([first, OTHER]);
}

export function isOtherPair(pair: string): boolean {
  return pairOf(pair)[1] === OTHER;
}

/** A pair as it is shown: `list > read`, `start > list` where a session begins with it. */
export function pairName(pair: string): string {
  const [before, tool] = pairOf(pair);
  return followerName(before, tool);
}

export function followerName(before: string, tool: string): string {
  return `${before === '' ? 'start' : before} > ${tool}`;
}
