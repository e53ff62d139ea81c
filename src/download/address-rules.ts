import { BlockList, isIP } from 'node:net';

/**
 * Addresses that `--deny-private` refuses: all that the IANA registries of
 * special-purpose addresses (RFC 6890) do not hold to be globally reachable,
 * multicast, and the metadata address of Azure, which is a public one.
 */
const IPV4: [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Those of IPv6 within 2000::/3; outside of it there is no public address. */
const IPV6: [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
];
/** Ranges whose addresses hold an IPv4 address, and at which of their eight groups it begins. */
const TRANSLATED: { range: [string, number]; group: number }[] = [
  { range: ['64:ff9b::', 96], group: 6 },
  { range: ['::ffff:0:0:0', 96], group: 6 },
  { range: ['::ffff:0:0', 96], group: 6 },
  { range: ['2002::', 16], group: 1 },
];

const denied = new BlockList();
for (const [network, prefix] of IPV4) denied.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of IPV6) denied.addSubnet(network, prefix, 'ipv6');

/** All that has been given out of IPv6: what is not in here is nobody's. */
const unicast = new BlockList();
unicast.addSubnet('2000::', 3, 'ipv6');

const translated = TRANSLATED.map(({ range: [network, prefix], group }) => {
  const list = new BlockList();
  list.addSubnet(network, prefix, 'ipv6');
  return { list, group };
});

/** Whether an IP address is not one of the public internet, in whatever form it is written. */
export function isPrivateAddress(address: string): boolean {
  const [plain = ''] = address.split('%');
  if (isIP(plain) === 4) return denied.check(plain, 'ipv4');
  if (isIP(plain) !== 6) return true;
  const holder = translated.find(({ list }) => list.check(plain, 'ipv6'));
  if (holder) return denied.check(ipv4At(plain, holder.group), 'ipv4');
  return !unicast.check(plain, 'ipv6') || denied.check(plain, 'ipv6');
}

/** Why a host that a URL spells out as an address is refused; null for a name, and for a public one. */
export function whyPrivate(hostname: string): string | null {
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) === 0 || !isPrivateAddress(literal)) return null;
  return `${literal} is not an address of the public internet`;
}

/**
 * Names that only a machine or a network of one's own resolves, and all below
 * them: special-use names (RFC 6761: localhost, test, invalid; RFC 6762: local;
 * RFC 7686: onion; RFC 8375: home.arpa; RFC 9476: alt), those that networks use
 * on their own (RFC 6762, appendix G) or that ICANN never gives out (internal,
 * corp, home, mail), what /etc/hosts calls a machine, and Kubernetes' services.
 */
const PRIVATE_NAMES = [
  ...['localhost', 'test', 'invalid', 'local', 'onion', 'home.arpa', 'alt'],
  ...['intranet', 'internal', 'private', 'corp', 'home', 'lan', 'mail'],
  ...['localdomain', 'svc'],
];

/**
 * The same for a connection that a proxy opens, which resolves names by itself:
 * names that are not of the public internet are refused too, and those without
 * a dot, which only a search list makes whole.
 */
export function whyPrivateName(hostname: string): string | null {
  const name = hostname.replace(/\.$/, '');
  const isAddress = isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  if (isAddress) return whyPrivate(name);
  const isPrivate = PRIVATE_NAMES.some((one) => name === one || name.endsWith(`.${one}`));
  if (!isPrivate && name.includes('.')) return null;
  return `${name} is not a name of the public internet`;
}

/** The IPv4 address in two groups of an IPv6 address. */
function ipv4At(address: string, group: number): string {
  const groups = groupsOf(address);
  const [high = 0, low = 0] = groups.slice(group, group + 2);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address, as the URL Standard writes it out. */
function groupsOf(address: string): number[] {
  const { hostname } = new URL(`http://[${address}]/`);
  const [before = '', after] = hostname.slice(1, -1).split('::');
  const parse = (text: string) =>
    text === '' ? [] : text.split(':').map((part) => Number.parseInt(part, 16));
  const head = parse(before);
  const tail = parse(after ?? '');
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}
