import { request as ask, createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificate } from './certificates.ts';

export type ProxyOptions = {
  /** The ports of 127.0.0.1 that serve all hosts but those of the loopback interface. */
  ports?: { http: number; https: number };
  /** The proxy itself is asked over TLS. */
  certificate?: Certificate;
};

/** A forward proxy on the loopback interface, as curl expects one: it notes what it was asked for. */
export async function startProxy({ ports, certificate }: ProxyOptions = {}) {
  const asked: string[] = [];
  const heads: IncomingHttpHeaders[] = [];
  const tunnels = new Set<Duplex>();
  let connections = 0;
  const isServed = (host: string) => ports !== undefined && !/^(127\.|localhost$)/.test(host);

  const server: Server = certificate ? createTlsServer(certificate) : createServer();
  server.on(certificate ? 'secureConnection' : 'connection', () => {
    connections += 1;
  });
  server.on('request', ({ method, url = '', headers: received }, response) => {
    asked.push(`${method} ${url}`);
    heads.push(received);
    // What is for the proxy alone goes no further (RFC 9110, 11.7.2); the rest as it came.
    const { 'proxy-authorization': _own, ...headers } = received;
    const { hostname, port, pathname, search } = new URL(url);
    const place = isServed(hostname)
      ? { host: '127.0.0.1', port: ports?.http }
      : { host: hostname, port };
    const asking = ask({ ...place, path: pathname + search, headers, method, agent: false });
    asking.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    asking.on('error', () => response.destroy());
    asking.end();
  });
  server.on('connect', ({ url = '', headers }, socket) => {
    asked.push(`CONNECT ${url}`);
    heads.push(headers);
    tunnels.add(socket);
    const [host = '', port] = url.split(':');
    const place = isServed(host)
      ? { host: '127.0.0.1', port: ports?.https ?? 0 }
      : { host, port: Number(port) };
    const upstream = connect(place, () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
    socket.on('close', () => tunnels.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`,
    asked,
    heads,
    connections: () => connections,
    close() {
      for (const tunnel of tunnels) tunnel.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}
