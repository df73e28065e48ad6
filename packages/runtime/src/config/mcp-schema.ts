import { z } from 'zod';
import { mcpAuthorizationSchema } from './mcp-authorization-schema.ts';
import { option } from './option.ts';

/** Tools behind the wall: MCP servers. */
export const mcpSchema = z.strictObject({
  authorization: option(mcpAuthorizationSchema.prefault({}), {
    about: 'who may come in at MCP servers, and what lets the gateway in there',
  }),
});
