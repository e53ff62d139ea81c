import { parseResults } from './kept.ts';
import type { setUpRuns } from './runs.ts';

/** Runs one store of these images; answers the first one's result and what the program said. */
export function createImageRuns(runs: ReturnType<typeof setUpRuns>) {
  return async (urls: string[], args: string[] = [], env: Record<string, string> = {}) => {
    const manifest = { job_id: 'one', stores: [{ store_id: 'S1', images: urls }] };
    const path = runs.workspace.write('m.json', manifest);
    const ran = await runs.run(['--force', '--retries', '0', ...args, path], { env });
    const [store] = parseResults(ran.stdout).stores;
    return { ...ran, image: store?.images[0] };
  };
}
