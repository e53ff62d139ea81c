import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { ImgjobError } from '../errors.ts';
import { programName } from '../terminal/program-name.ts';
import { shellWord, type Word } from '../terminal/shell-word.ts';
import { defaultStateFolder } from './state-folder.ts';

type Environment = Record<string, string | undefined>;

/** The state folder of a command. */
export type State = {
  folder: string;
  /** A command on a job of this folder, as it can be typed again. */
  command(...words: Word[]): string;
};

/** The state folder: the one that was named, else the user's own. */
export function locateState(named: string | undefined, env: Environment): State {
  const isUsual = named === undefined || named === env.IMGJOB_STATE_DIR;
  const option = isUsual ? [] : ['--state-dir', named];
  return {
    folder: named === undefined ? usualFolder(env) : resolve(named),
    command: (...words) => [programName(), ...[...words, ...option].map(shellWord)].join(' '),
  };
}

function usualFolder(env: Environment): string {
  try {
    return defaultStateFolder({ env, platform: process.platform, home: homedir() });
  } catch (cause) {
    throw new ImgjobError('state-unwritable', 'there is no home folder to keep jobs in', {
      cause,
      hint: 'Name a state folder with --state-dir.',
    });
  }
}
