import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { startNameServer } from './name-server.mjs';

/**
 * What runs in a test's network namespace: a name server by the rules it is
 * given, and a web server on port 8080 that answers one image for every path.
 * A rule with `appears` makes an address one of this machine, some time after
 * the first question for the name: until then it swallows what is sent to it.
 */
const { rules, image } = JSON.parse(process.argv[2]);

const appeared = new Set();
const { counts } = await startNameServer((name) => {
  const rule = rules.find(({ match }) => new RegExp(match).test(name));
  if (rule?.appears && !appeared.has(rule)) appear(rule);
  return rule;
});

function appear(rule) {
  appeared.add(rule);
  const { address, after_ms } = rule.appears;
  setTimeout(() => execFileSync('ip', ['addr', 'add', `${address}/32`, 'dev', 'lo']), after_ms);
}

const body = Buffer.from(image, 'base64');
const server = createServer((_request, response) => response.end(body));
server.listen({ port: 8080, host: '::', backlog: 4096 });
await once(server, 'listening');
process.on('message', () => process.send(counts));
process.on('disconnect', () => process.exit());
process.send('ready');
