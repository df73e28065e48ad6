import { GRANTABLE, type ProviderRegistration } from '@sallyport/core';
import { z } from 'zod';
import { fileSchema, integer, nameSchema, option } from './option.ts';
import { timeSchema } from './principal-schema.ts';

/** Names of groups: a directory elsewhere may spell them with spaces. */
const group = z.string().regex(/^[!-~](?:[ -~]{0,126}[!-~])?$/, 'must be 1 to 128 visible ASCII characters');
const groups = z.array(group).max(64);
const pattern = z.string().regex(/^[!-~]{1,256}$/, 'must be 1 to 256 visible ASCII characters');
/** Shorter ids would be found in any text. */
const sourceId = z.string().regex(/^[!-~]{4,256}$/, 'must be 4 to 256 visible ASCII characters');
const member = /^(?:user|service|agent)\/[!-~]{1,128}$/;
const reader = z.string().regex(/^(?:(?:user|service|agent)\/[!-~]{1,128}|group\/[!-~](?:[ -~]{0,126}[!-~])?)$/, {
  error: 'must be `user/`, `service/`, `agent/` or `group/` and a name',
});
const tenant = z.union([z.literal('*'), nameSchema]).default('default');
const person = z.string().min(1).max(128);
/** Characters of the reason for a grant. */
const REASON_MAX_CHARS = 500;

const ofGroups = (about: string) => z.strictObject({ groups: option(groups.default([]), { about }) });

const dataSource = z.strictObject({
  groups: option(groups.default([]), { about: 'groups of it, for policies: `resource in DataGroup::"..."`' }),
  tenant: option(tenant, { about: 'tenant that its readers are of; `*` for any' }),
  readers: option(z.array(reader).max(1_000).default([]), {
    about: 'who may read it without a grant: `group/legal`, `agent/librarian`',
  }),
  ids: option(z.array(sourceId).max(1_000).default([]), {
    about:
      'ids by which providers know it, and whatever leads to it: vector stores, files, indexes, prompts, assistants. Of an address the host counts, of a path its last part; case does not count',
  }),
  tools: option(
    z
      .array(
        z.strictObject({
          tool: option(pattern, { about: 'name of a tool, in which `*` stands for any characters' }),
          argument: option(
            z
              .string()
              .max(256)
              .regex(/^(?:\/[^/]*)+$/, 'must be a JSON pointer such as `/index`')
              .optional(),
            { about: 'JSON pointer of the argument that says what it reaches; without it every call does' },
          ),
          values: option(z.array(pattern).min(1).max(1_000).default(['*']), {
            about: 'values of that argument that lead here; a call without it leads here too',
          }),
        }),
      )
      .max(1_000)
      .default([]),
    { about: 'tools by which it is reached' },
  ),
});

const grant = z.strictObject({
  who: option(reader, { about: 'a principal, `agent/mailer`, or a group, `group/legal`' }),
  tenant: option(tenant, { about: 'tenant of the principal; `*` for any' }),
  actions: option(z.array(z.enum(GRANTABLE)).min(1).max(GRANTABLE.length), { about: 'what is granted' }),
  resource: option(
    z.strictObject({
      kind: option(z.enum(['model', 'tool', 'data-source']), { about: 'what it is granted on' }),
      id: option(pattern.optional(), { about: 'name, in which `*` stands for any characters' }),
      group: option(group.optional(), { about: 'or a group of it' }),
    }),
    { about: 'what it is granted on; without a name and a group, all of the kind' },
  ),
  from: option(timeSchema, { about: 'from when on' }),
  until: option(timeSchema, { about: 'until when' }),
  reason: option(z.string().min(1).max(REASON_MAX_CHARS), { about: 'why' }),
  requestedBy: option(person, { about: 'who asked for it' }),
  approvedBy: option(person, { about: 'who allowed it: somebody else' }),
});

const entities = {
  groups: option(
    z
      .record(group, z.strictObject({ parents: option(groups.default([]), { about: 'groups that it is a part of' }) }))
      .default({}),
    { about: 'groups, of principals and of what they use: whoever is in one is in its parents too' },
  ),
  tenants: option(z.record(nameSchema, ofGroups('groups that all of its principals are in')).default({}), {
    about: 'tenants',
  }),
  principals: option(
    z
      .record(
        z.string().regex(member, 'must be `user/`, `service/` or `agent/` and a name'),
        z.strictObject({
          tenant: option(tenant, { about: 'its tenant; `*` for any' }),
          groups: option(groups.default([]), { about: 'groups beside those of its key or token' }),
        }),
      )
      .default({}),
    { about: 'principals, as `agent/mailer`' },
  ),
  models: option(z.record(pattern, ofGroups('groups: `resource in ModelGroup::"..."`')).default({}), {
    about: 'models, by name or pattern',
  }),
  tools: option(
    z
      .record(pattern, ofGroups('groups beside those of what a tool does and takes: `resource in ToolGroup::"..."`'))
      .default({}),
    { about: 'tools, by name or pattern' },
  ),
  dataSources: option(z.record(nameSchema, dataSource).default({}), {
    about: 'data sources: who may read them, and how they are reached',
  }),
  grants: option(z.record(nameSchema, grant).default({}), { about: 'grants that stand in a file' }),
};

/** What a file of entities holds, and `access` of the configuration beside its own options. */
export const entitiesSchema = z.strictObject(entities);

export const accessSchema = z.strictObject({
  entities: option(fileSchema.optional(), {
    about: 'file, YAML or JSON, of further entities, in the same sections; read again when it changes',
  }),
  maxGrantDays: option(integer(1, 3_650).default(90), { about: 'longest time of a grant', unit: 'days' }),
  ...entities,
});

export type Entities = z.output<typeof entitiesSchema>;
export type DataSourceEntity = Entities['dataSources'][string];
export type GrantEntity = Entities['grants'][string];

/** Sections of which the admin API can tell; grants are given another way. */
export const ENTITY_SECTIONS = ['groups', 'tenants', 'principals', 'models', 'tools', 'dataSources'] as const;
export type EntitySection = (typeof ENTITY_SECTIONS)[number];

/** What an operator vouches for about a provider. */
export const registrationSchema = z.strictObject({
  region: option(z.string().min(1).max(64).optional(), { about: 'where it works, in your own words, such as `eu`' }),
  retentionDays: option(integer(0, 36_500).optional(), {
    about: 'how long it keeps what it is sent; 0: not at all',
    unit: 'days',
  }),
  trainsOnData: option(z.boolean().optional(), { about: 'whether it trains on what it is sent' }),
  approvedBy: option(person.optional(), { about: 'who approved its use' }),
  approvedAt: option(z.iso.date().optional(), { about: 'when: a date' }),
  guardrails: option(z.array(group).max(64).default([]), { about: 'guardrails of its own, by name' }),
});

/** What was said, without what was not. */
export function registrationOf(said: z.output<typeof registrationSchema>): ProviderRegistration {
  const { region, retentionDays, trainsOnData, approvedBy, approvedAt, guardrails } = said;
  return {
    ...(region !== undefined && { region }),
    ...(retentionDays !== undefined && { retentionDays }),
    ...(trainsOnData !== undefined && { trainsOnData }),
    ...(approvedBy !== undefined && { approvedBy }),
    ...(approvedAt !== undefined && { approvedAt }),
    guardrails,
  };
}
