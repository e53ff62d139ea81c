// Answers every request with an image, and says each path on a line of standard output.
import { createServer } from 'node:http';

const [, , address, image = ''] = process.argv;
const body = Buffer.from(image, 'base64');
const server = createServer((request, response) => {
  process.stdout.write(`${request.socket.remoteAddress} ${request.url}\n`);
  response.writeHead(200, { 'content-length': body.length }).end(body);
});
server.listen(8080, address, () => process.stdout.write('listening\n'));
