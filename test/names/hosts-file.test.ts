import { describe, expect, it } from 'vitest';
import { parseHosts } from '../../src/names/hosts-file.ts';

// hosts(5): `IP_address canonical_hostname [aliases...]`, blanks or tabs, comments after `#`.

const addressesOf = (text: string, name: string) => parseHosts(text).get(name) ?? [];

describe('the table of hosts', () => {
  it.each([
    ['the canonical name', '10.0.0.1 cdn.example', ['10.0.0.1']],
    ['an alias', '10.0.0.1 other.example  cdn.example', ['10.0.0.1']],
    ['tabs and blanks', '  10.0.0.1\t \tcdn.example  ', ['10.0.0.1']],
    ['the line ends of Windows', '10.0.0.1 cdn.example\r\n', ['10.0.0.1']],
    ['a comment behind', '10.0.0.1 cdn.example # 10.0.0.2 cdn.example', ['10.0.0.1']],
    ['no blank before a comment', '10.0.0.1 cdn.example#other', ['10.0.0.1']],
    ['case', '10.0.0.1 CDN.Example', ['10.0.0.1']],
    ['IPv6', 'fd00::1 cdn.example', ['fd00::1']],
    ['both families', '10.0.0.1 cdn.example\nfd00::1 cdn.example', ['10.0.0.1', 'fd00::1']],
    ['several lines', '10.0.0.2 cdn.example\n10.0.0.1 cdn.example', ['10.0.0.2', '10.0.0.1']],
    ['the same line twice', '10.0.0.1 cdn.example\n10.0.0.1 cdn.example', ['10.0.0.1']],
    ['a blocked name', '0.0.0.0 cdn.example', ['0.0.0.0']],
  ])('knows %s', (_what, text, addresses) => {
    expect(addressesOf(text, 'cdn.example')).toEqual(addresses);
  });

  it.each([
    ['a comment', '# 10.0.0.1 cdn.example'],
    ['no address', 'localhost cdn.example'],
    ['half an address', '10.0.1 cdn.example'],
    ['a longer name', '10.0.0.1 www.cdn.example'],
    ['nothing', ''],
  ])('passes over %s', (_what, text) => {
    expect(addressesOf(text, 'cdn.example')).toEqual([]);
  });

  it('takes no name for a property of objects', () => {
    expect(addressesOf('10.0.0.1 a', 'constructor')).toEqual([]);
    expect(addressesOf('10.0.0.1 __proto__', '__proto__')).toEqual(['10.0.0.1']);
  });
});
