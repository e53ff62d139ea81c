import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * The command line in a few files, each with what its sources import and no
 * file before it has: Node.js takes half a millisecond for a file, and 10 ms
 * more to start where the first is an ES module. A file is loaded when a
 * command, or a job, needs it. Nothing is minified: it gains nothing, and
 * stacks of `--debug` stay readable. `start-up.test.ts` says what is loaded when.
 */
const FILES = {
  main: ['main', 'cli/program'],
  // And what else is needed with and without the next ones.
  run: [
    ...['commands/run', 'download/target', 'results/stopper'],
    ...['terminal/columns', 'files/print', 'running-time'],
  ],
  // undici and image-size.
  images: ['download/network', 'runner/fetch-image'],
  // cli-progress.
  bars: ['progress/bars'],
  // Manifests that are tables or lists of URLs.
  lists: ['manifest/read-list', 'manifest/other-forms'],
  // zod, and what checks by it.
  results: [
    ...[
      'state/kept-job',
      'state/corrected-run',
      'state/lock-record',
      'manifest/json-problems',
      'manifest/ndjson-problems',
    ],
    ...['resume', 'status', 'results', 'rm', 'prune', 'report', 'diff', 'explain', 'schema'].map(
      (name) => `commands/${name}`,
    ),
  ],
  // hono and prom-client, and what speaks to them.
  serve: ['commands/serve'],
  // What a browser is shown.
  pages: ['serve/page-routes'],
  fleet: ['fleet/fleet', 'commands/worker', 'commands/workers'],
  client: ['commands/submit', 'commands/cancel', 'client/server-status'],
};

/** What is in none of these is in one more. */
function groupsOf(sources) {
  const parts = Object.entries(FILES).map(([name, paths]) => {
    const files = paths.map((path) => join(sources, `${path}.ts`));
    for (const file of files) if (!existsSync(file)) throw new Error(`bundle.mjs: no ${file}`);
    return { name, test: (id) => files.includes(id) };
  });
  const all = [...parts, { name: 'commands', test: (id) => id.startsWith(sources) }];
  return all.map((part, index) => ({ ...part, priority: all.length - index }));
}

/** It would start programs for commands of a program; imgjob has none, and loading it takes 3 ms. */
const noChildProcess = {
  name: 'commander-without-child-process',
  resolveId: (id, importer) =>
    id === 'node:child_process' && importer?.includes('/commander/') ? '\0none' : null,
  load: (id) => (id === '\0none' ? 'export default {};' : null),
};

/**
 * undici's main file loads all of it: mock agents, web sockets, caches; that is
 * twice the code for Node.js to read at each start. A name that is missing here fails the build.
 */
const undiciInUse = {
  name: 'undici-in-use',
  load: (id) => (id.endsWith('/node_modules/undici/index.js') ? UNDICI_IN_USE : null),
};
const UNDICI_IN_USE = `
  export { default as Client } from './lib/dispatcher/client.js';
  export { default as buildConnector } from './lib/core/connect.js';
  export { default as errors } from './lib/core/errors.js';`;

/** Bundles the command line of the sources in `root` into a folder. */
export async function bundle(root, folder) {
  const main = await write(join(root, 'src/main.ts'), {
    dir: folder,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    codeSplitting: { groups: groupsOf(join(root, 'src')) },
    // Else a part would be loaded as an ES module.
    dynamicImportInCjs: false,
  });
  // Loads the module of a user, which may be an ES module, and waits for it at its top.
  const thread = await write(join(root, 'src/work/thread-main.ts'), {
    file: join(folder, 'thread-main.js'),
    format: 'esm',
  });
  writeFileSync(join(folder, 'LICENSES.txt'), licences([...main, ...thread]));
}

/** Writes the files of one entry; answers the paths of all modules that are in them. */
async function write(input, output) {
  const build = await rolldown({
    input,
    platform: 'node',
    // What a fleet needs is installed by those who have one.
    external: ['bullmq', 'ioredis'],
    // The ES modules of a package, where it has both: what nobody uses of them is left out.
    resolve: { mainFields: ['module', 'main'] },
    plugins: [noChildProcess, undiciInUse],
  });
  const { output: files } = await build.write({
    ...output,
    minify: false,
    comments: { legal: true, jsdoc: false, annotation: false },
  });
  await build.close();
  return files.flatMap(({ moduleIds = [] }) => moduleIds);
}

/** The packages that modules are of, each with its licence. */
function licences(modules) {
  const folders = modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []);
  const texts = [...new Set(folders)].toSorted().map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file: ${license}`);
    return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(72)}\n\n`);
}
