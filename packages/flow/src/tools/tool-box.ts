import type { ToolDefinition } from '../transcript.ts';
import type { ToolOverrides } from './tool-overrides.ts';
import { profileOf, type ToolProfile } from './tool-profile.ts';

/** The profiles of one request's tools, made when they are asked for. */
export class ToolBox {
  readonly #definitions: ReadonlyMap<string, ToolDefinition>;
  readonly #overrides: ToolOverrides;
  readonly #profiles = new Map<string, ToolProfile>();

  constructor(definitions: readonly ToolDefinition[], overrides: ToolOverrides) {
    this.#definitions = new Map(definitions.map((definition) => [definition.name, definition]));
    this.#overrides = overrides;
  }

  /**
   * A tool that the request doesn't define is judged by its name and by the arguments that it was given first.
   * @param names of those arguments
   */
  profile(name: string, names: () => readonly string[]): ToolProfile {
    let profile = this.#profiles.get(name);
    if (profile === undefined) {
      const definition = this.#definitions.get(name);
      const assumed = (): ToolDefinition => {
        const properties = Object.fromEntries(names().map((argument) => [argument, {}]));
        return { name, parameters: { properties } };
      };
      profile = { ...profileOf(definition ?? assumed(), this.#overrides), defined: definition !== undefined };
      this.#profiles.set(name, profile);
    }
    return profile;
  }
}
