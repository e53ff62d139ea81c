import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf } from '../../src/results/document.ts';
import { resultsText } from '../../src/results/results-text.ts';
import { showUrl } from '../../src/terminal/prose.ts';
import { createWorkspace, runShell } from '../support/cli.ts';
import { collect } from '../support/collect.ts';
import {
  documentOf as documentOfStores,
  failed,
  image,
  NOT_FOUND,
  skipped,
  store,
} from '../support/documents.ts';
import { everyOutcome, HOSTILE_URL, jobAfter, SECRET_URL } from '../support/every-outcome.ts';
import { attributes, builtAssets, pageOf, textOf } from '../support/pages.ts';

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const elements = (page: string, name: string) =>
  [...page.matchAll(new RegExp(`<${name}( [^>]*)?>(.*?)</${name}>`, 'gs'))].map(
    ([, rest = '', text = '']) => ({ rest, text }),
  );

const ADDRESSES = '(?:src|href|action|srcset|data|poster)';

let page = '';
beforeAll(async () => {
  page = await pageOf(documentOf(jobAfter(everyOutcome())));
});

describe('the page of a report', () => {
  it('allows its own scripts and style, and nothing else', () => {
    const scripts = elements(page, 'script').filter(({ rest }) => !rest.includes('json'));
    const [policy = ''] = attributes(page, 'content').filter((text) => text.includes('-src'));
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${scripts.map(({ text }) => hash(text)).join(' ')}`,
      `style-src ${elements(page, 'style').map(({ text }) => hash(text))}`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(scripts).toHaveLength(4);
    expect(scripts.map(({ rest }) => rest)).toEqual(Array(4).fill(' type="module"'));
  });

  it('names the policy before anything that it is for', () => {
    const policy = page.indexOf('Content-Security-Policy');
    expect(policy).toBeGreaterThan(0);
    expect(policy).toBeLessThan(page.search(/<(script|style|link)/));
  });

  it('asks for nothing but what a reader follows: its only other address is its icon, which it has with it', () => {
    const addresses = attributes(page.replace(/<a .*?>/g, ''), ADDRESSES);
    expect(addresses.map((address) => address.slice(0, 19))).toEqual(['data:image/svg+xml,']);
    const { style, scripts } = builtAssets();
    expect(style).not.toMatch(/url\(|@import/);
    for (const script of scripts) {
      expect(script).not.toMatch(/\b(import|fetch|XMLHttpRequest|WebSocket|eval)\b/);
    }
  });

  it('has no secret of a URL anywhere, in its JSON neither', () => {
    expect(page).toContain('https://cdn.example/b/404.png?…');
    expect(page).not.toMatch(/secret|token=|user:/);
  });

  it('has no elements but its own, whatever ids, URLs and messages say', async () => {
    const harmless = jobAfter(
      everyOutcome().map((event) => JSON.parse(JSON.stringify(event).replaceAll(/</g, '('))),
    );
    const tags = (text: string) => text.match(/<[a-z!/][a-z0-9]*/gi)?.sort();
    expect(tags(page)).toContain('<canvas');
    expect(tags(page)).not.toContain('<img');
    expect(elements(page, 'script')).toHaveLength(6);
    expect(tags(page)).toEqual(tags(await pageOf(documentOf(harmless))));
  });

  it('shows hostile text as it is', () => {
    expect(textOf(page)).toContain('500 </script><script>alert(3)</script>]]>[2J--><!--');
    expect(textOf(page)).toContain('S"\'<script>alert(1)</script>]]>&amp;{{x}}`|');
  });

  it('calls a job that was interrupted by that name', () => {
    expect(page).toContain('<title>every-outcome: interrupted (imgjob report)</title>');
  });
});

describe('the failures of a report', () => {
  it('can be copied where nothing of the URL is left out, else the command that prints it', () => {
    const copied = attributes(page, 'data-copy');
    const urls = copied.filter((text) => !text.startsWith('jq '));
    expect(urls).toContain('https://cdn.example/b/3.jpg');
    expect(urls).not.toContain(SECRET_URL);
    expect(urls.every((url) => showUrl(url) === url)).toBe(true);
    expect(copied.length - urls.length).toBe(2);
  });

  it('are named by their status only where that is what was wrong', async () => {
    const corrupt = { ...NOT_FOUND, code: 'corrupt-image' as const, http_status: 200 };
    const text = await pageOf(documentOfStores([store([failed(), failed({ error: corrupt })])]));
    const causes = elements(text, 'summary').map((summary) => textOf(summary.text));
    expect(causes).toEqual([
      '1 × http-status 404 from cdn.example',
      '1 × corrupt-image from cdn.example',
    ]);
  });

  it('show the first 50 of a cause, and a way to all of them', async () => {
    const text = await pageOf(
      documentOfStores([store(Array.from({ length: 1234 }, () => failed()))]),
    );
    expect(attributes(text, 'data-copy')).toHaveLength(50);
    expect(textOf(text)).toContain('The first 50 of 1,234. Show all in the table');
    expect(attributes(text, 'data-filter')).toEqual(['"http-status: 404" (cdn.example)']);
  });

  it('are not there where nothing failed', async () => {
    const text = await pageOf(documentOfStores([store([image(), skipped()])]));
    expect(text).not.toContain('<h2 id="failures">');
    expect(attributes(text, 'data-column')).not.toContain('error');
    expect(attributes(text, 'data-column')).toContain('url');
    expect(textOf(text)).not.toMatch(/failed\n/);
  });
});

describe('the command that prints a whole URL', () => {
  const workspace = createWorkspace();
  afterAll(() => workspace.remove());

  it.each(['json', 'ndjson'] as const)('does so from %s results of any name', async (format) => {
    const name = `-it's "${format}" $(x).json`;
    const source = jobAfter(everyOutcome());
    const text = (await collect(resultsText(source, format))).join('');
    // Half a surrogate pair, which jq does not read.
    workspace.write(name, text.replaceAll('\\ud800', ''));
    const commands = attributes(await pageOf(documentOf(source), name), 'data-copy').filter(
      (text) => text.startsWith('jq '),
    );
    const { stdout, stderr } = await runShell(commands.join('\n'), { cwd: workspace.folder });
    expect(stderr).toBe('');
    expect(stdout.split('\n').slice(0, -1).sort()).toEqual([HOSTILE_URL, SECRET_URL].sort());
  });
});

describe('what stands beside nothing it could be compared with', () => {
  it('is left out: the slowest of one host, and of one store', async () => {
    const one = await pageOf(documentOfStores([store([image(), failed()])]));
    const headings = (page: string) => elements(page, 'h2').map(({ text }) => text);
    expect(headings(one)).not.toContain('Slowest hosts');
    expect(headings(one)).not.toContain('Slowest stores');
    const other = image({ url: 'https://img.example/a.jpg' });
    const two = await pageOf(documentOfStores([store([image()]), store([other])]));
    expect(headings(two)).toEqual(expect.arrayContaining(['Slowest stores', 'Slowest hosts']));
  });

  it('are columns without a value', async () => {
    const text = await pageOf(documentOfStores([store([failed(), skipped()])]));
    expect(attributes(text, 'data-column')).toEqual(
      ['store', 'image', 'status', 'url', 'error', 'attempts', 'wait', 'download'], // biome-ignore format: as above
    );
  });
});

describe('the page of a job without images', () => {
  it('has neither times nor a table', async () => {
    const text = await pageOf(documentOfStores([store([])]));
    const headings = elements(text, 'h2').map((heading) => heading.text);
    expect(headings).toEqual(['Outcome', 'Timeline']);
    expect(textOf(text)).toContain('No image was worked on.');
  });
});
