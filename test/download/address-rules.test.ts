import { describe, expect, it } from 'vitest';
import { isPrivateAddress } from '../../src/download/address-rules.ts';
import { createHostRules } from '../../src/download/host-rules.ts';
import { parseTarget } from '../../src/download/target.ts';
import { normaliseHostPattern } from '../../src/options/host-pattern.ts';
import { download, setUpServer } from './downloads.ts';

const { server, at } = setUpServer();

describe('an address that is not of the public internet', () => {
  it.each([
    ...[
      '0.0.0.0',
      '0.1.2.3',
      '10.0.0.1',
      '100.64.0.1',
      '100.127.255.255',
      '127.0.0.1',
      '127.9.9.9',
    ],
    ...['169.254.169.254', '168.63.129.16', '172.16.0.1', '172.31.255.255', '192.0.0.1'],
    ...['192.168.1.1', '198.18.0.1', '198.51.100.1', '203.0.113.9', '224.0.0.1', '239.1.1.1'],
    ...['240.0.0.1', '255.255.255.255', '100.100.100.200'],
    ...['::', '::1', '::7f00:1', '::ffff:127.0.0.1', '::ffff:a00:1', '::ffff:0:10.0.0.1'],
    ...[
      '64:ff9b::10.0.0.1',
      '64:ff9b::7f00:1',
      '64:ff9b:1::1',
      '2002:7f00:1::',
      '2002:a9fe:a9fe::1',
    ],
    ...['100::1', '2001::1', '2001:db8::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fe80::1%eth0'],
    ...['1::', '4000::1', '8000::1', 'e000::1', 'fec0::1', 'ff02::1', 'not an address', ''],
  ])('%s', (address) => expect(isPrivateAddress(address)).toBe(true));

  it.each([
    ...['1.1.1.1', '8.8.8.8', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1'],
    ...['169.253.0.1', '192.0.1.1', '198.17.0.1', '198.20.0.1', '223.255.255.255'],
    ...['2606:4700::1111', '2a00:1450::1', '::ffff:8.8.8.8', '64:ff9b::808:808', '2002:808:808::1'],
  ])('is not %s', (address) => expect(isPrivateAddress(address)).toBe(false));
});

describe('with --deny-private', () => {
  const port = () => server().address.split(':').at(-1);
  const spelled = (host: string) => `http://${host}:${port()}/png/4x3`;

  it.each([
    ...['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]'],
    ...['[::ffff:7f00:1]', '[64:ff9b::7f00:1]', '0.0.0.0', 'localhost'],
  ])('%s is refused, and nothing is asked', async (host) => {
    const before = server().connections();
    const { outcome } = await download(spelled(host), { deny_private: true });
    expect(outcome).toMatchObject({
      ...{ code: 'blocked-address', reason: 'private-address', http_status: null },
    });
    expect(outcome).not.toHaveProperty('retry_after_ms');
    expect(server().connections()).toBe(before);
  });

  it('says which address a name has', async () => {
    const { outcome } = await download(spelled('localhost'), { deny_private: true });
    expect(outcome).toMatchObject({
      message: expect.stringMatching(
        /^localhost has no address of the public internet \(.*127\.0\.0\.1/,
      ),
    });
  });

  it('is off by default', async () => {
    expect((await download(spelled('127.0.0.1'))).outcome).toMatchObject({ http_status: 200 });
  });
});

describe('rules on hosts', () => {
  const why = (hostname: string, allow_hosts: string[], deny_hosts: string[] = []) => {
    const target = parseTarget(`http://${hostname}/`);
    if ('code' in target) throw new Error(target.message);
    return createHostRules({ allow_hosts, deny_hosts })(target.hostname)?.reason ?? null;
  };

  it('know names, all below a name, and all', () => {
    expect(why('cdn.example', ['cdn.example'])).toBeNull();
    expect(why('CDN.example.', ['cdn.EXAMPLE'])).toBeNull();
    expect(why('a.b.cdn.example', ['*.cdn.example'])).toBeNull();
    expect(why('cdn.example', ['*.cdn.example'])).toBe('allow-host');
    expect(why('evilcdn.example', ['cdn.example', '*.cdn.example'])).toBe('allow-host');
    expect(why('cdn.example', [], ['*'])).toBe('deny-host');
    expect(why('a.example', ['*.example'], ['a.example'])).toBe('deny-host');
    expect(why('anything.example', [])).toBeNull();
  });

  it.each([
    ['bücher.example', 'http://bücher.example/'],
    ['*.BÜCHER.example', 'http://a.bücher.example/'],
    ['127.1', 'http://127.0.0.1/'],
    ['[0:0:0:0:0:0:0:1]', 'http://[::1]/'],
    ['[::ffff:127.0.0.1]', 'http://[::ffff:7f00:1]/'],
  ])('know other spellings: %s', (pattern, url) => {
    const refused = createHostRules({
      allow_hosts: [],
      deny_hosts: [normaliseHostPattern(pattern) ?? ''],
    });
    expect(refused(new URL(url).hostname)?.reason).toBe('deny-host');
  });

  it('hold on every hop', async () => {
    const elsewhere = server().address.replace('127.0.0.1', 'localhost');
    const url = at(`/redirect-to?url=${elsewhere}/png/4x3`);
    const { outcome } = await download(url, { allow_hosts: ['127.0.0.1'] });
    expect(outcome).toMatchObject({ code: 'blocked-address', reason: 'allow-host' });
    expect(JSON.stringify(outcome)).toContain('localhost');
  });
});
