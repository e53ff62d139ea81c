import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { setUpDemoRuns } from '../support/demo-runs.ts';
import { blocksUnder } from '../support/readme.ts';

const runs = setUpDemoRuns();
beforeAll(() => runCli(['demo', '--progress', 'none'], { cwd: runs.workspace.folder }), 30_000);

/** A whole line, and so many of a kind. */
const line = (pattern: string) => new RegExp(`^${pattern}\n$`);
const lines = (count: number, pattern: string) => new RegExp(`^(?:${pattern}\n){${count}}$`);

const HOST = String.raw`demo\.invalid`;
const BROKEN = 'the JPG header is cut off after 100 bytes';

/** What a recipe prints, and its exit code where a store fails in it. */
type Expected = { prints: RegExp; code?: number };

/** By the words above the recipe. */
const EXPECTED: Record<string, Expected> = {
  'What failed, with its reason:': {
    prints: line(
      `S0008 Orchard Park: image 6 of 10 \\(http://${HOST}/broken\\.jpg\\?…\\): ${BROKEN}`,
    ),
  },
  'Failed images by error code:': { prints: line('{"corrupt-image":1}') },
  'All sizes as CSV:': {
    prints: new RegExp(
      `^"S0001 Riverside","http://${HOST}/shelf-baseline\\.jpg\\?1","completed",640,480\n` +
        `(?:"S00.*\n){93}"S0008 Orchard Park",".*/broken\\.jpg\\?95","failed",,\n(?:"S00.*\n){54}$`,
    ),
  },
  'The slowest downloads:': {
    prints: line(`\\[(?:\\{"url":"http://${HOST}/[^"]+","download_ms":\\d+\\},?){3}\\]`),
  },
  'The URLs that still have to be done after a failure or an interruption:': {
    prints: lines(5, `http://${HOST}/\\S+\\?9[5-9]`),
  },
  'The same as a manifest of its own:': {
    prints: line('rest\\.json: valid, 1 store, 5 images'),
  },
  'The slowest stores:': {
    prints: /^\d{4,5} ms {2}S0005 Northfield Centre\n(?:\d{4,5} ms {2}S00\d\d .+\n){2}$/,
  },
  'Stores as CSV, with status, milliseconds, images and bytes:': {
    prints:
      /^"S0001 Riverside","completed",\d+,8,53996\n(?:"S00.*\n){6}"S0008 Orchard Park","failed",\d+,10,\d+\n(?:"S00.*\n){4}$/,
  },
  'Bytes from each host:': { prints: line(`\\{"${HOST}":1077573\\}`) },
  'Images and bytes of each format:': {
    prints: /^avif\t10\t25060\n(?:[a-z]+\t\d+\t\d+\n){6}webp\t34\t119826\n$/,
  },
  'How long downloads take: the median, the 95th percentile and the longest:': {
    prints: line('{"p50":\\d+,"p95":\\d+,"max":\\d+}'),
  },
  'The sizes that come most often:': {
    prints: line('14 {2}480×320\n14 {2}800×600\n13 {2}240×320'),
  },
  'Images that are too small for their place, here with a side under 200 pixels:': {
    prints: lines(24, `S00\\d\\d .+: (?:160×120|300×100) {2}http://${HOST}/\\S+`),
  },
  'Images that took more than one attempt:': {
    prints: line(
      'S0002 Old Market: completed after 2 attempts {2}http://cdn\\.example/price-tags\\.png\\?11',
    ),
  },
  'Pictures that came more than once with `--digest`, over stores and runs:': {
    prints:
      /^(?:[0-9a-f]{12}\n(?: {2}spring-audit S00\d\d .+ {2}http:\/\/cdn\.example\/\S+\n){2,})+$/,
  },
  'Several runs, a line each:': {
    prints: /^spring-audit\t\S+Z\tfailed\t144\t1\nspring-audit\t\S+Z\tfailed\t143\t2\n$/,
  },
  'What fails now and did not before:': {
    code: 1,
    prints: line(
      'S0003 Station Road: 404 Not Found {2}http://cdn\\.example/shelf-progressive\\.jpg\\?30',
    ),
  },
  'Annotations of GitHub Actions from a results file of another step or job:': {
    prints: line(`::error title=imgjob::S0008 Orchard Park: ${BROKEN}`),
  },
  "NDJSON results, store by store, however many there are; the last line is the job's:": {
    code: 1,
    prints: new RegExp(
      `(?:^|\n)\\{"store_id":"S0003 Station Road","error":"404 Not Found"\\}\n` +
        `\\{"store_id":"S0008 Orchard Park","error":"${BROKEN}"\\}\n`,
    ),
  },
  'Events while a job runs, here what is tried again:': {
    code: 1,
    prints: line('cdn\\.example: http-status 503, again in \\d+ ms'),
  },
};

const recipes = blocksUnder('jq recipes', 'sh');

describe('the jq recipes', () => {
  it('are all expected here', () => {
    expect(recipes.map(({ title }) => title)).toEqual(Object.keys(EXPECTED));
  });

  it.each(recipes)('$title', async ({ title, code: script }) => {
    expect(script).toMatch(/^(?:imgjob .*\| )?jq /);
    const { prints, code = 0 } = EXPECTED[title] ?? { prints: /^$/ };
    const result = await runs.shell(script);
    expect(result.code).toBe(code);
    expect(result.stdout).toMatch(prints);
    if (!script.includes('imgjob run')) expect(result.stderr).toBe('');
  });
});
