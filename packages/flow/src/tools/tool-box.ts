import type { ToolDefinition } from '@sallyport/core';
import { profileOf, type ToolKnowledge, type ToolProfile } from './tool-profile.ts';

/** Profiles of tools that requests define, made when they are asked for and kept as long as the array of definitions. */
export class ToolCatalogue {
  readonly #known: ToolKnowledge;
  readonly #defined = new WeakMap<readonly ToolDefinition[], Map<string, ToolProfile | undefined>>();

  constructor(known: ToolKnowledge) {
    this.#known = known;
  }

  /** The tools of one request. */
  boxOf(tools: readonly ToolDefinition[]): ToolBox {
    let defined = this.#defined.get(tools);
    if (defined === undefined) {
      defined = new Map(tools.map(({ name }) => [name, undefined]));
      this.#defined.set(tools, defined);
    }
    return new ToolBox(tools, defined, this.#known);
  }
}

/** The profiles of one request's tools. */
export class ToolBox {
  readonly #tools: readonly ToolDefinition[];
  readonly #defined: Map<string, ToolProfile | undefined>;
  readonly #assumed = new Map<string, ToolProfile>();
  readonly #known: ToolKnowledge;

  constructor(tools: readonly ToolDefinition[], defined: Map<string, ToolProfile | undefined>, known: ToolKnowledge) {
    this.#tools = tools;
    this.#defined = defined;
    this.#known = known;
  }

  /**
   * A tool that the request doesn't define is judged by its name and by the arguments that it was given first.
   * @param names of those arguments
   */
  profile(name: string, names: () => readonly string[]): ToolProfile {
    const before = this.#defined.get(name) ?? this.#assumed.get(name);
    if (before !== undefined) return before;
    const definition = this.#tools.find((tool) => tool.name === name);
    const properties = definition === undefined ? Object.fromEntries(names().map((argument) => [argument, {}])) : {};
    const made = profileOf(definition ?? { name, parameters: { properties } }, this.#known);
    const profile = { ...made, defined: definition !== undefined };
    if (definition === undefined) this.#assumed.set(name, profile);
    else this.#defined.set(name, profile);
    return profile;
  }
}
