import type { Reaction } from '../reaction.ts';

interface GatheredCall {
  tool: string;
  arguments: string;
}

/** What left in one answer: its text in its order, its calls by where they stand. */
export class Gathered {
  #text = '';
  #isAnswer = false;
  readonly #calls = new Map<string, GatheredCall>();

  /** This was an answer of the protocol, even where it says nothing. */
  seen(): void {
    this.#isAnswer = true;
  }

  say(text: unknown): void {
    if (typeof text === 'string') this.#text += text;
  }

  /** @param given a text, or a piece of it, or the value itself; what is neither adds nothing */
  call(at: unknown, tool: unknown, given: unknown): void {
    const key = String(at);
    const known = this.#calls.get(key) ?? { tool: '', arguments: '' };
    if (typeof tool === 'string') known.tool = tool;
    if (typeof given === 'string') known.arguments += given;
    else if (typeof given === 'object' && given !== null) known.arguments += JSON.stringify(given);
    this.#calls.set(key, known);
  }

  get isAnswer(): boolean {
    return this.#isAnswer;
  }

  get said(): Pick<Reaction, 'text' | 'calls'> {
    return { text: this.#text, calls: [...this.#calls.values()] };
  }
}
