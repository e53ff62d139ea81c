// A server that costs as little as can be, so that the clients are what is measured:
// it answers every request with one of fifty prepared images of 10 to 60 KB.
import { createServer } from 'node:net';
import sharp from 'sharp';

const BODIES = 50;

async function makeAnswer(index) {
  const image = await sharp({
    create: { width: 640, height: 480, channels: 3, background: { r: index * 5, g: 80, b: 160 } },
  })
    .jpeg()
    .toBuffer();
  // Padding after the image: decoders stop before it, downloads do not.
  const padding = Buffer.alloc(Math.max(0, 10_000 + index * 1000 - image.length));
  const length = image.length + padding.length;
  const head = `HTTP/1.1 200 OK\r\ncontent-type: image/jpeg\r\ncontent-length: ${length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), image, padding]);
}

const answers = await Promise.all(Array.from({ length: BODIES }, (_, index) => makeAnswer(index)));
const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (data) => {
    const [, index = '0'] = /^GET \/\d+\/(\d+)/.exec(data.toString('latin1')) ?? [];
    socket.write(answers[Number(index) % BODIES]);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address().port));
process.on('disconnect', () => process.exit());
