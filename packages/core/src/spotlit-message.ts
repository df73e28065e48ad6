import { datamark, markerNotice } from './datamark.ts';
import type { Segment, TextEdit } from './protocol.ts';

/** One message whose tool results go to the model with their words marked. */
export class SpotlitMessage {
  private readonly marker: string;
  private told = false;

  /** @param segments all of the message */
  constructor(segments: readonly Segment[], markerFor: (texts: string) => string) {
    const results = segments.filter(({ point }) => point === 'tool-result');
    // Nothing but the texts decides: clients move other marks of theirs from message to message.
    this.marker = markerFor(results.map(({ text }) => text).join('\n'));
  }

  /** The character that was used, once it was. */
  get marked(): string | undefined {
    return this.told ? this.marker : undefined;
  }

  /**
   * Edits that mark a text, and make what else is changed in it.
   * @param changes ascending and disjoint
   */
  mark(text: string, changes: readonly TextEdit[]): readonly TextEdit[] {
    const notice = this.told ? '' : markerNotice(this.marker);
    const { text: whole, marked } = datamark(text, { marker: this.marker, edits: changes, notice });
    this.told ||= marked;
    return whole === text ? [] : [{ start: 0, end: text.length, text: whole }];
  }
}
