import type { ToolDefinition } from '@sallyport/core';
import type { ToolOverrides } from './tool-overrides.ts';
import { profileOf, type ToolProfile } from './tool-profile.ts';

/** Profiles of tools that requests define, made when they are asked for and kept as long as the array of definitions. */
export class ToolCatalogue {
  readonly #overrides: ToolOverrides;
  readonly #defined = new WeakMap<readonly ToolDefinition[], Map<string, ToolProfile | undefined>>();

  constructor(overrides: ToolOverrides) {
    this.#overrides = overrides;
  }

  /** The tools of one request. */
  boxOf(tools: readonly ToolDefinition[]): ToolBox {
    let defined = this.#defined.get(tools);
    if (defined === undefined) {
      defined = new Map(tools.map(({ name }) => [name, undefined]));
      this.#defined.set(tools, defined);
    }
    return new ToolBox(tools, defined, this.#overrides);
  }
}

/** The profiles of one request's tools. */
export class ToolBox {
  readonly #tools: readonly ToolDefinition[];
  readonly #defined: Map<string, ToolProfile | undefined>;
  readonly #assumed = new Map<string, ToolProfile>();
  readonly #overrides: ToolOverrides;

  constructor(
    tools: readonly ToolDefinition[],
    defined: Map<string, ToolProfile | undefined>,
    overrides: ToolOverrides,
  ) {
    this.#tools = tools;
    this.#defined = defined;
    this.#overrides = overrides;
  }

  /**
   * A tool that the request doesn't define is judged by its name and by the arguments that it was given first.
   * @param names of those arguments
   */
  profile(name: string, names: () => readonly string[]): ToolProfile {
    const known = this.#defined.get(name) ?? this.#assumed.get(name);
    if (known !== undefined) return known;
    const definition = this.#tools.find((tool) => tool.name === name);
    const properties = definition === undefined ? Object.fromEntries(names().map((argument) => [argument, {}])) : {};
    const made = profileOf(definition ?? { name, parameters: { properties } }, this.#overrides);
    const profile = { ...made, defined: definition !== undefined };
    if (definition === undefined) this.#assumed.set(name, profile);
    else this.#defined.set(name, profile);
    return profile;
  }
}
