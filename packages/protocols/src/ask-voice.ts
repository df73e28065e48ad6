/** A question of our own to a chat model, whose answer must fit a schema. */
export interface ModelAsk {
  readonly model: string;
  /** What the model is to do. */
  readonly instructions: string;
  /** What it is asked about. */
  readonly text: string;
  /** JSON schema of the answer: an object without further properties, all of them required. */
  readonly schema: object;
  /** Name of the schema, `a-z_`. */
  readonly schemaName: string;
  readonly maxOutputTokens: number;
}

/** A question whose answer's first token is all that counts. */
export interface WordAsk {
  readonly model: string;
  readonly text: string;
}

/** The question in a protocol's wire form, as a client of the protocol would send it. */
export interface AskedCall {
  /** Relative to the base URL of the protocol, without a query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** How one protocol asks for an answer that fits a schema. */
export interface AskVoice {
  /** The protocol's id. */
  readonly id: string;
  /** Where the answer stands: in the text, or in what the tool is called with. */
  readonly answersBy: 'output' | 'tool-call';
  write(ask: ModelAsk): AskedCall;
  /** Without a schema or instructions, for one token of the answer that is most likely. */
  writeWord(ask: WordAsk): AskedCall;
}
