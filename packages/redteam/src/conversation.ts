import { z } from 'zod';

const args = z.record(z.string(), z.string());

const turnSchema = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('user'), pieces: z.array(z.string()).min(1).readonly() }),
  z.strictObject({ by: z.literal('assistant'), text: z.string() }),
  z.strictObject({ by: z.literal('call'), id: z.string().min(1), tool: z.string().min(1), arguments: args }),
  z.strictObject({
    by: z.literal('result'),
    id: z.string().min(1),
    tool: z.string().min(1),
    pieces: z.array(z.string()).min(1).readonly(),
  }),
]);

const toolSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string(),
  /** Each a string; by its name what its description says, empty for none. */
  parameters: args,
});

/** What a request of a drill says, in the words of no protocol. A text in pieces is sent in parts that follow each other. */
export const conversationSchema = z.strictObject({
  system: z.string().optional(),
  turns: z.array(turnSchema).min(1).readonly(),
  tools: z.array(toolSchema).readonly(),
});

export type Conversation = z.output<typeof conversationSchema>;
export type Turn = Conversation['turns'][number];
export type OfferedTool = Conversation['tools'][number];
