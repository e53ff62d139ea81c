import type { ReasonOf } from '../../src/results/reasons.ts';

/** A module for each way in which the work on an image fails. */
export const WORK_FAULTS: Record<ReasonOf<'work'>, string> = {
  threw: "export default () => { throw new Error('not done within the quota'); };",
  'work-timeout': 'export default () => new Promise(() => {});',
  'bad-output': 'export default () => new Map();',
  'thread-ended': 'export default () => process.exit(3);',
  'load-failed': "throw new Error('its default export is not a function');",
  'not-a-function': 'export default 7;',
  'syntax-error': 'export default {{',
};
