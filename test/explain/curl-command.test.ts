import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { curlCommand } from '../../src/explain/curl-command.ts';
import { DEFAULTS } from '../../src/options/defaults.ts';
import { shellWord } from '../../src/terminal/shell-word.ts';

const URL_COMMAND = "imgjob results spring-audit | jq -r '.stores[3].images[2].url'";

function command(url: string, options: Partial<typeof DEFAULTS> = {}): string | null {
  const all = { ...DEFAULTS, ...options };
  return curlCommand({ url, urlCommand: URL_COMMAND, options: all, user_agent: 'imgjob/0.1.0' });
}

/** What a person has put where a command does not know it. */
const VARIABLES = `AUTHORIZATION_HEADER='a  $b' ACCEPT_HEADER=c USER_AGENT_HEADER=d _1_TWO_HEADER=e;`;

/** The words that a shell makes of a command. */
function wordsOf(line: string | null): string[] {
  const script = `${VARIABLES} for word in ${line}; do printf '%s\\0' "$word"; done`;
  return execFileSync('bash', ['-c', script]).toString().split('\0').slice(0, -1);
}

/** The word behind an option. */
const behind = (words: string[], option: string) => words[words.indexOf(option) + 1];

describe('the curl command', () => {
  it('has the limits of the job', () => {
    const words = wordsOf(
      command('https://cdn.example/a.jpg', {
        max_redirects: 3,
        connect_timeout_ms: 2500,
        timeout_ms: 120_000,
        stall_timeout_ms: 4200,
      }),
    );
    expect(behind(words, '--max-redirs')).toBe('3');
    // Cookies that a redirect sets go along.
    expect(behind(words, '-b')).toBe('');
    expect(behind(words, '--connect-timeout')).toBe('2.5');
    expect(behind(words, '--max-time')).toBe('120');
    expect(behind(words, '--speed-time')).toBe('5');
    expect(words.at(-1)).toBe('https://cdn.example/a.jpg');
    expect(words).not.toContain('-k');
    expect(words).not.toContain('--compressed');
  });

  it('has what the job trusts, and what it calls itself', () => {
    const usual = wordsOf(command('https://cdn.example/'));
    expect(behind(usual, '-A')).toBe('imgjob/0.1.0');
    const words = wordsOf(
      command('https://cdn.example/', {
        insecure: true,
        cacert: "/it's here/ca.pem",
        user_agent: 'our audit $(id)',
      }),
    );
    expect(words).toContain('-k');
    expect(behind(words, '--cacert')).toBe("/it's here/ca.pem");
    expect(behind(words, '-A')).toBe('our audit $(id)');
  });

  it('has the names of headers, whose values nobody keeps, in place of its own', () => {
    const usual = wordsOf(command('https://cdn.example/'));
    expect(behind(usual, '-H')).toBe('Accept: image/*,*/*;q=0.8');
    const words = wordsOf(
      command('https://cdn.example/', {
        headers: ['Authorization', 'accept', 'User-Agent', '1!two'],
      }),
    );
    expect(words.filter((_, index) => words[index - 1] === '-H')).toEqual([
      'Authorization: a  $b',
      'accept: c',
      'User-Agent: d',
      '1!two: e',
    ]);
    expect(words).not.toContain('-A');
  });

  it.each([
    ["https://cdn.example/it's.jpg", "https://cdn.example/it's.jpg"],
    ['https://cdn.example/$(id)/`id`', 'https://cdn.example/$(id)/%60id%60'],
    ['https://cdn.example/[1-9]{a,b}.jpg', 'https://cdn.example/[1-9]%7Ba,b%7D.jpg'],
    ['https://cdn.example/a;id&!x', 'https://cdn.example/a;id&!x'],
    ['https://bücher.example/ä b.jpg', 'https://xn--bcher-kva.example/%C3%A4%20b.jpg'],
    ['HTTPS:\\\\cdn.example\\a.jpg', 'https://cdn.example/a.jpg'],
    [' https://cdn.example/a\n.jpg', 'https://cdn.example/a.jpg'],
    ['https://cdn.example/a.jpg#secret', 'https://cdn.example/a.jpg'],
  ])('asks for %j as imgjob does, whatever a shell makes of it', (url, asked) => {
    expect(wordsOf(command(url)).at(-1)).toBe(asked);
    expect(wordsOf(command(url))).toContain('--globoff');
  });

  it.each([
    'https://user:secret@cdn.example/a.jpg',
    'https://cdn.example/a.jpg?token=secret',
    `https://cdn.example/${'a'.repeat(300)}`,
  ])('does not show what is not to be shown: it has the URL printed (%s)', (url) => {
    const line = command(url);
    expect(line?.endsWith(` "$(${URL_COMMAND})"`)).toBe(true);
    expect(line).not.toContain('secret');
    expect(line).not.toContain('aaaa');
  });

  it.each(['', 'http://x y/', 'ftp://cdn.example/a.jpg', 'file:///etc/passwd', '-o/etc/passwd'])(
    'is none for what is never asked for: %j',
    (url) => {
      expect(command(url)).toBeNull();
    },
  );
});

describe('a word of a shell', () => {
  it.each([
    '',
    ' ',
    "it's",
    "'''",
    '$HOME `id` $(id) \\ " ! * ? ~ # ; & | < >',
    '=ls',
    'a\nb',
    '-é…',
  ])('stays one, and what it is: %j', (word) => {
    expect(wordsOf(shellWord(word))).toEqual([word]);
  });

  it('is left as it is where it needs no quotes', () => {
    expect(shellWord('./spring-audit_1.json:2')).toBe('./spring-audit_1.json:2');
  });
});
