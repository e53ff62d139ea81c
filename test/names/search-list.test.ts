import { describe, expect, it } from 'vitest';
import { candidatesOf, parseSearchList } from '../../src/names/search-list.ts';

// resolv.conf(5): `search`, `domain`, `options ndots:n`, LOCALDOMAIN and RES_OPTIONS.

type Given = { text?: string; env?: Record<string, string>; machine?: string };

const read = ({ text = '', env = {}, machine = 'vm' }: Given) =>
  parseSearchList({ text, env, machine });

const KUBERNETES = `
nameserver 10.96.0.10
search shop.svc.cluster.local svc.cluster.local cluster.local
options ndots:5
`;

describe('the search list', () => {
  it.each<[string, Given, string[]]>([
    ['of the file', { text: 'search a.example b.example' }, ['a.example', 'b.example']],
    ['between tabs', { text: '\tsearch\ta.example \tb.example ' }, ['a.example', 'b.example']],
    ['is the last of several', { text: 'search a.example\nsearch b.example' }, ['b.example']],
    ['may be a domain', { text: 'domain a.example' }, ['a.example']],
    ['is the last of either', { text: 'search a.example\ndomain b.example' }, ['b.example']],
    ['is not in a comment', { text: '# search a.example\n;search b.example' }, []],
    ['is the domain of this machine', { machine: 'vm.a.example' }, ['a.example']],
    ['may be none', { text: 'search', machine: 'vm.a.example' }, []],
    ['may be of the environment', { text: 'search a', env: { LOCALDOMAIN: 'b c' } }, ['b', 'c']],
    ['may be none in the environment', { text: 'search a', env: { LOCALDOMAIN: '' } }, []],
  ])('%s', (_what, given, domains) => {
    expect(read(given).domains).toEqual(domains);
  });

  it.each<[string, Given, number]>([
    ['is 1 where nothing says so', {}, 1],
    ['is an option', { text: 'options rotate ndots:5 edns0' }, 5],
    ['is the last one', { text: 'options ndots:5\noptions ndots:2' }, 2],
    ['may be 0', { text: 'options ndots:0' }, 0],
    ['is 15 at most', { text: 'options ndots:99' }, 15],
    ['may be of the environment', { text: 'options ndots:5', env: { RES_OPTIONS: 'ndots:3' } }, 3],
    ['is not a part of another option', { text: 'options xndots:5' }, 1],
  ])('ndots %s', (_what, given, ndots) => {
    expect(read(given).ndots).toBe(ndots);
  });
});

describe('what a name may stand for', () => {
  it.each<[string, string, string, string[]]>([
    ['a name without a dot', 'cdn', 'search a.example', ['cdn.a.example.', 'cdn.']],
    ['one with a dot', 'cdn.b', 'search a.example', ['cdn.b.', 'cdn.b.a.example.']],
    ['one with a dot at its end', 'cdn.b.', 'search a.example', ['cdn.b.']],
    ['one where nothing is searched', 'cdn', '', ['cdn.']],
    ['one where the root is searched', 'cdn', 'search .', ['cdn.']],
    ['one with enough dots', 'cdn', 'search a\noptions ndots:0', ['cdn.', 'cdn.a.']],
    [
      'one in Kubernetes',
      'images.shop',
      KUBERNETES,
      [
        'images.shop.shop.svc.cluster.local.',
        'images.shop.svc.cluster.local.',
        'images.shop.cluster.local.',
        'images.shop.',
      ],
    ],
  ])('%s', (_what, name, text, candidates) => {
    expect(candidatesOf(name, read({ text }))).toEqual(candidates);
  });
});
