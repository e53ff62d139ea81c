// The servers of the internet-like run, in a network namespace: a name server, and web servers behind all its names.
// Each run gets new ones, since some answers are 503 the first time.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { startNameServer } from '../support/name-server.mjs';

const [, , plan] = process.argv;
const { hosts, image, key, cert } = JSON.parse(readFileSync(plan, 'utf8'));
const body = Buffer.from(image, 'base64');
const byName = new Map(hosts.map((host) => [host.name, host]));
const asked = new Set();

function answer(request, response) {
  const { host = '', 'user-agent': agent = '' } = request.headers;
  const { latency_ms = 0, busy = [] } = byName.get(host.replace(/:\d+$/, '')) ?? {};
  const url = `${agent} ${host}${request.url}`;
  const isBusy = busy.includes(request.url) && !asked.has(url);
  asked.add(url);
  setTimeout(() => {
    response.writeHead(isBusy ? 503 : 200, { 'content-type': 'image/jpeg' });
    response.end(isBusy ? 'busy' : body);
  }, latency_ms);
}

await startNameServer((name) => {
  const host = byName.get(name);
  return host && { a: [host.address], lag_ms: host.lag_ms, silent: host.silent };
});
const servers = [
  [createServer(answer), 80],
  [createTlsServer({ key, cert }, answer), 443],
];
for (const [server, port] of servers) {
  server.listen({ port, host: '0.0.0.0', backlog: 4096 });
  await once(server, 'listening');
}
process.on('disconnect', () => process.exit());
process.send('ready');
