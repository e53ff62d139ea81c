import { createSocket } from 'node:dgram';

/**
 * A name server (RFC 1035) on 127.0.0.1:53. A name's rule has addresses (`a`,
 * `aaaa`), a delay (`lag_ms`), an error (`rcode`), or is silent (`silent`:
 * true, or for one type alone). What has no rule is no name (NXDOMAIN).
 */
export async function startNameServer(ruleOf) {
  const counts = {};
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const { name, type, end } = parseQuestion(message);
    const rule = ruleOf(name);
    counts[name] = (counts[name] ?? 0) + 1;
    if (rule?.silent === true || rule?.silent === type) return;
    const answer = answerTo(message.subarray(0, end), type, rule);
    setTimeout(() => socket.send(answer, from.port, from.address), rule?.lag_ms ?? 0);
  });
  await new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(53, '127.0.0.1', resolve);
  });
  return { counts, close: () => socket.close() };
}

const TYPES = { 1: 'a', 28: 'aaaa' };
const NXDOMAIN = 3;

/** The one question of a query (RFC 1035, 4.1.2). */
function parseQuestion(message) {
  const labels = [];
  let at = 12;
  for (let length = message[at]; length > 0; length = message[at]) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = TYPES[message.readUInt16BE(at + 1)] ?? 'other';
  return { name: labels.join('.').toLowerCase(), type, end: at + 5 };
}

/** RFC 1035, 4.1.1 and 4.1.3: the header, the question, and a record for each address. */
function answerTo(query, type, rule) {
  const records = (rule?.[type] ?? []).map((address) => recordOf(type, address));
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (rule ? (rule.rcode ?? 0) : NXDOMAIN), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, query.subarray(12), ...records]);
}

function recordOf(type, address) {
  const data = type === 'a' ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const head = Buffer.from([0xc0, 12, 0, type === 'a' ? 1 : 28, 0, 1, 0, 0, 0, 60, 0, data.length]);
  return Buffer.concat([head, data]);
}

function ipv6Bytes(address) {
  const [head, tail = ''] = address.split('::');
  const groups = (text) => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array(8 - before.length - after.length).fill('0');
  const all = [...before, ...zeros, ...after].map((group) => group.padStart(4, '0'));
  return Buffer.from(all.join(''), 'hex');
}
