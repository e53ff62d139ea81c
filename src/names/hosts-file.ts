import { isIP } from 'node:net';

/**
 * A table of names as `hosts(5)` has it: an address and its names on each
 * line, comments after `#`. Names are without case; one that stands on several
 * lines has the addresses of all of them, in their order.
 */
export function parseHosts(text: string): Map<string, string[]> {
  const table = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [content = ''] = line.split('#', 1);
    const [address = '', ...names] = content.trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names) addTo(table, name.toLowerCase(), address);
  }
  return table;
}

function addTo(table: Map<string, string[]>, name: string, address: string): void {
  const known = table.get(name);
  if (!known) table.set(name, [address]);
  else if (!known.includes(address)) known.push(address);
}
