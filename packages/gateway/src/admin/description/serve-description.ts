import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AdminDescription } from './admin-description.ts';
import type { CallAbout } from './call-about.ts';

/** Where the admin API is described. */
export const DESCRIPTION_PATH = '/api/v1/openapi.json';

const SHOW: CallAbout = {
  id: 'showDescription',
  about: 'this description: OpenAPI 3.1',
  answers: z.object({ openapi: z.string() }).loose(),
};

/** Comes after all other routes; it is made when it is asked for the first time. */
export function addDescription(api: FastifyInstance, description: AdminDescription): void {
  let made: ReturnType<AdminDescription['document']> | undefined;
  api.get(DESCRIPTION_PATH, { config: { permission: 'status.read', call: SHOW } }, () => {
    made ??= description.document();
    return made;
  });
}
