import { ImgjobError, systemCode } from '../errors.ts';

/** The two packages that a fleet needs, and nothing else does. */
export type FleetPackages = {
  bullmq: typeof import('bullmq');
  ioredis: Pick<typeof import('ioredis'), 'Redis' | 'Cluster'>;
};

const INSTALL = 'npm install bullmq@6 ioredis';

/** Loads them. Throws `usage` where they are not installed. */
export async function loadFleetPackages(): Promise<FleetPackages> {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, ioredis };
  } catch (cause) {
    const isMissing = /^(ERR_)?MODULE_NOT_FOUND$/.test(systemCode(cause));
    const message = isMissing
      ? 'a fleet needs the packages bullmq and ioredis, which are not installed'
      : "can't load the packages bullmq and ioredis";
    throw new ImgjobError('usage', message, { cause, hint: `Install them: ${INSTALL}` });
  }
}
