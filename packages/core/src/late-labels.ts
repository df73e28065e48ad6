import type { Flow, FlowLabels } from './flow.ts';
import type { Transcript, UnseenHistory } from './transcript.ts';

export interface Labelled {
  readonly transcript: Transcript;
  /** Tools are offered in it, or have brought something. */
  readonly acts: boolean;
}

/** Labels of a request, made when there is time, or when a call needs them: while the provider works, nobody waits for them. */
export class LateLabels {
  private readonly flow: Flow;
  /** Holds on to the request's body, until the labels are made. */
  private transcript: Transcript | undefined;
  private labels: FlowLabels | undefined;
  private readonly acts: boolean;
  private lost = false;

  constructor(flow: Flow, { transcript, acts }: Labelled) {
    this.flow = flow;
    this.transcript = transcript;
    this.acts = acts;
  }

  /** What the conversation does to its session; nothing where nobody looked, since no tool is in it. */
  get history(): UnseenHistory | undefined {
    if (this.acts) this.early();
    return this.labels?.history;
  }

  get(): FlowLabels {
    if (this.labels === undefined) {
      this.labels = this.flow.label(this.transcript ?? NOBODY_SAW);
      this.transcript = undefined;
    }
    return this.labels;
  }

  /** The transcript was let go before anybody labelled it: what the labels say is that nothing is known. */
  get isBlind(): boolean {
    return this.lost;
  }

  /** Makes them now, if nobody needed them before. What breaks here breaks again when they are needed, and is answered for there. */
  early(): void {
    try {
      this.get();
    } catch {
      // The exchange that needs them fails.
    }
  }

  /**
   * Lets go of a transcript that cannot matter: it offers no tools and holds nothing that one brought. Should the model call one
   * all the same, nothing vouches for what it says.
   */
  letGo(): void {
    if (this.labels !== undefined) return;
    this.transcript = undefined;
    this.lost = true;
  }
}

/** Nobody knows what was read before, so that it may have been anything. */
const NOBODY_SAW: Transcript = { messages: [], tools: [], before: { tainted: true, private: true, writes: 0 } };
