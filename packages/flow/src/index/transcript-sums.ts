import { CallCounts } from './call-counts.ts';
import type { LabelledMessage } from './labelled-message.ts';
import type { LeafIndex } from './leaf-index.ts';

/** What is asked of all messages of a transcript together: grows with it, so that a turn costs what is new in it. */
export class TranscriptSums {
  /** One of them holds free text that nobody here vouches for. */
  tainted: boolean;
  /** One of them holds what a tool brought for this session alone. */
  private: boolean;
  /** In one of them the user hands over what is to be done to some text. */
  delegates: boolean;
  /** Of the messages that hold words of the user's own. */
  readonly spoken: LeafIndex[];
  readonly calls: CallCounts;

  /** Cost: O(messages of the user + tools). @param earlier those of a transcript that this one goes on with */
  constructor(earlier?: TranscriptSums) {
    this.tainted = earlier?.tainted ?? false;
    this.private = earlier?.private ?? false;
    this.delegates = earlier?.delegates ?? false;
    this.spoken = [...(earlier?.spoken ?? [])];
    this.calls = new CallCounts(earlier?.calls);
  }

  take(message: LabelledMessage): void {
    this.tainted ||= message.tainted;
    this.private ||= message.private;
    this.delegates ||= message.delegates;
    if (message.spoken) this.spoken.push(message.index);
    for (const call of message.calls) this.calls.take(call);
  }
}
