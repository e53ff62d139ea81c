// The servers that the benchmarks download from, on loopback: nginx where it is installed, else one of
// Node.js that costs as little as can be. On a core of their own where there are two.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

export const SIZES = { small: 24_000, large: 1_000_000 };

/** Whether a program is installed. */
export function has(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** A command on one core, where there are two and the system can say so. */
export function onCore(core, command) {
  return availableParallelism() > 1 && has('taskset')
    ? ['taskset', '-c', String(core), ...command]
    : command;
}

/** Images of the two sizes; what follows the picture is padding, which decoders do not read. */
export async function makeImages() {
  const create = { width: 640, height: 480, channels: 3, background: { r: 5, g: 80, b: 160 } };
  const image = await sharp({ create }).jpeg().toBuffer();
  const padded = (size) => Buffer.concat([image, Buffer.alloc(size - image.length)]);
  return { small: padded(SIZES.small), large: padded(SIZES.large) };
}

/** Answers `/small/…` and `/large/…` with an image, over TLS where it is given a certificate; `stop` ends it. */
export async function startServer(folder, certificate) {
  return has('nginx') ? startNginx(folder, certificate) : startNode(certificate);
}

async function startNginx(folder, certificate) {
  const root = join(folder, certificate ? 'nginx-tls' : 'nginx');
  mkdirSync(root);
  // Started by root, its worker runs as somebody else.
  chmodSync(folder, 0o755);
  const images = await makeImages();
  for (const [name, bytes] of Object.entries(images)) writeFileSync(join(root, name), bytes);
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(root, 'nginx.conf'),
    `daemon off; pid ${root}/pid; error_log stderr; worker_processes 1;
    events { worker_connections 20000; }
    http {
      ${temporary.map((name) => `${name}_temp_path ${root}/${name};`).join(' ')}
      access_log off; sendfile on; default_type image/jpeg; keepalive_requests 1000000000;
      keepalive_timeout 1h; open_file_cache max=10; open_file_cache_valid 1h;
      server {
        listen 127.0.0.1:${port} backlog=16384${certificate ? ' ssl' : ''}; root ${root};
        ${certificate ? `ssl_certificate ${certificate.paths.cert}; ssl_certificate_key ${certificate.paths.key};` : ''}
        location /small/ { rewrite ^ /small break; }
        location /large/ { rewrite ^ /large break; }
      }
    }`,
  );
  const [program, ...args] = onCore(0, ['nginx', '-p', root, '-c', join(root, 'nginx.conf')]);
  const child = spawn(program, args, { stdio: 'ignore' });
  const address = `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`;
  await answering(port).catch((error) => {
    child.kill();
    throw error;
  });
  return { name: 'nginx', address, stop: () => child.kill() };
}

async function startNode(certificate) {
  const { cert = '', key = '' } = certificate?.paths ?? {};
  const self = [process.execPath, fileURLToPath(import.meta.url), cert, key];
  const [program, ...args] = onCore(0, self);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [port] = await once(child, 'message');
  const address = `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`;
  return { name: 'Node.js', address, stop: () => child.kill() };
}

/** A server of Node.js; `?ms=50` waits so long with the answer. */
export async function serve(images, certificate) {
  const answers = Object.entries(images).map(([name, bytes]) => {
    const head = `HTTP/1.1 200 OK\r\ncontent-type: image/jpeg\r\ncontent-length: ${bytes.length}\r\n\r\n`;
    return [name, Buffer.concat([Buffer.from(head), bytes])];
  });
  const onSocket = (socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const head = data.toString('latin1');
      const [, answer] = answers.find(([name]) => head.startsWith(`GET /${name}/`)) ?? answers[0];
      const [, ms = '0'] = /^GET \S*\?ms=(\d+)/.exec(head) ?? [];
      if (ms === '0') socket.write(answer);
      else setTimeout(() => socket.write(answer), Number(ms));
    });
  };
  const server = certificate ? createTlsServer(certificate, onSocket) : createServer(onSocket);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answering(port) {
  for (let tries = 0; tries < 100; tries += 1) {
    const isUp = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('connect', () => socket.end()).on('error', () => resolve(false));
    });
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nobody listens at ${port}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , cert, key] = process.argv;
  const certificate = cert ? { cert: readFileSync(cert), key: readFileSync(key) } : undefined;
  const { address } = await serve(await makeImages(), certificate);
  process.send?.(Number(new URL(address).port));
  process.on('disconnect', () => process.exit());
}
