/** What the demo provider reads of a request: enough to answer it without a script. */
export interface DemoRequest {
  readonly script: string | undefined;
  /** The text of the last message that has any. */
  readonly lastText: string;
  /** Characters of all messages: what the demo bills as tokens, four a token. */
  readonly promptChars: number;
  /** The tool that the request demands to be called. */
  readonly forcedTool: { readonly name: string; readonly parameters: unknown } | undefined;
  /** The schema that the answer must fit. */
  readonly schema: unknown;
}

type Members = { readonly [name: string]: unknown };

/** Reads a request that the gateway has already let through: what doesn't fit is taken for absent. */
export function readDemoRequest(body: Uint8Array): DemoRequest {
  const whole = membersOf(parsed(Buffer.from(body).toString('utf8')));
  // A request for a number of tokens holds what would be sent.
  const counted = membersOf(membersOf(whole.input).converse);
  const request = Object.keys(counted).length > 0 ? counted : whole;
  const texts = itemsOf(request.messages).map(textOf);
  const { demo } = membersOf(request.requestMetadata);
  const { textFormat } = membersOf(request.outputConfig);
  const { schema } = membersOf(membersOf(membersOf(textFormat).structure).jsonSchema);
  return {
    script: typeof demo === 'string' ? demo : undefined,
    lastText: texts.findLast((text) => text !== '') ?? '',
    promptChars: texts.reduce((sum, { length }) => sum + length, 0),
    forcedTool: forcedTool(membersOf(request.toolConfig)),
    schema: typeof schema === 'string' ? parsed(schema) : undefined,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(message: unknown): string {
  return itemsOf(membersOf(message).content)
    .map((block) => membersOf(block).text)
    .filter((text) => typeof text === 'string')
    .join('\n');
}

function forcedTool({ tools, toolChoice }: Members): DemoRequest['forcedTool'] {
  const { any, tool } = membersOf(toolChoice);
  const wanted = membersOf(tool).name;
  if (any === undefined && wanted === undefined) return undefined;
  const specs = itemsOf(tools).map((each) => membersOf(membersOf(each).toolSpec));
  const chosen = specs.find(({ name }) => wanted === undefined || name === wanted);
  if (typeof chosen?.name !== 'string') return undefined;
  return { name: chosen.name, parameters: membersOf(chosen.inputSchema).json };
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}
