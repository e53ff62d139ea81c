import { createServer as createTlsServer, type Server } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { makePng } from '../support/png.ts';
import { startProxy } from '../support/proxy.ts';
import { createImageRuns } from '../support/run-images.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const runImages = createImageRuns(runs);
const certificates = makeCertificates();

describe.skipIf(!certificates)('a server with a certificate of one’s own', () => {
  let server: Server;
  beforeEach(async () => {
    server = createTlsServer(certificates?.good ?? {}, (_, response) =>
      response.end(makePng(8, 6)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = () => `https://127.0.0.1:${(server.address() as AddressInfo).port}/a.png`;

  it('is not trusted', async () => {
    expect((await runImages([url()])).image?.error).toMatchObject({ code: 'tls' });
  });

  it('is trusted with --cacert', async () => {
    const file = runs.workspace.write('ca.pem', certificates?.authority ?? '');
    const { image } = await runImages([url()], ['--cacert', file]);
    expect(image).toMatchObject({ status: 'completed', width: 8 });
  });

  it('is accepted with --insecure, and a warning', async () => {
    const { image, stderr } = await runImages([url()], ['--insecure']);
    expect(image?.status).toBe('completed');
    expect(stderr).toContain('warning: --insecure: any certificate is accepted');
  });

  it('is reached through a proxy’s tunnel', async () => {
    const proxy = await startProxy();
    const { image } = await runImages([url()], ['--insecure'], { HTTPS_PROXY: proxy.address });
    proxy.close();
    expect(image?.status).toBe('completed');
    expect(proxy.asked).toEqual([`CONNECT ${new URL(url()).host}`]);
  });
});

it.each(['missing.pem', 'm.json'])(
  'certificates that are none are a usage error: %s',
  async (file) => {
    const path = runs.workspace.write('m.json', runs.goodManifest());
    const { code, stderr } = await runs.run(['--cacert', file, path]);
    expect(code).toBe(2);
    expect(stderr).toContain("can't read the certificates in ");
    expect(stderr).toContain(file);
  },
);

describe('a proxy', () => {
  it('is asked where HTTP_PROXY names one, but not for what NO_PROXY names', async () => {
    const proxy = await startProxy();
    const env = { HTTP_PROXY: proxy.address };
    const { image } = await runImages([runs.at('/png/4x3')], [], env);
    expect(image?.status).toBe('completed');
    expect(proxy.asked).toEqual([`GET ${runs.at('/png/4x3')}`]);
    await runImages([runs.at('/png/4x3')], [], { ...env, NO_PROXY: '127.0.0.1' });
    expect(proxy.asked).toHaveLength(1);
    proxy.close();
  });

  it.each([
    '127.0.0.1',
    '[::ffff:127.0.0.1]',
    'localhost',
    'x.localhost.',
    'metadata.google.internal',
  ])('is no way around --deny-private to %s', async (host) => {
    const proxy = await startProxy();
    const url = `http://${host}/png/4x3`;
    const { image } = await runImages([url], ['--deny-private'], { HTTP_PROXY: proxy.address });
    expect(image?.error).toMatchObject({ code: 'blocked-address' });
    expect(proxy.asked).toEqual([]);
    proxy.close();
  });

  it.each([
    ['answers 503', 'HTTP/1.1 503 Busy\r\n\r\n', 'the proxy answered 503'],
    ['says nothing', null, ''],
  ])('that %s to a tunnel is a connection that failed', async (_, answer, message) => {
    const proxy = createServer((socket) => {
      socket.on('error', () => {});
      if (answer !== null) socket.once('data', () => socket.end(answer));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const env = { HTTPS_PROXY: `127.0.0.1:${port}` };
    const { image } = await runImages(
      ['https://cdn.example/a.png'],
      ['--connect-timeout', '1s'],
      env,
    );
    proxy.close();
    expect(image?.error?.code).toMatch(/^(connect|timeout)$/);
    expect(image?.error?.message).toContain(message);
    expect(Number(image?.duration_ms)).toBeLessThan(9000);
  });

  it('whose variable names none is a usage error that does not repeat it', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest());
    const { code, stderr } = await runs.run([path], { env: { HTTP_PROXY: 'socks5://u:s3cret@h' } });
    expect(code).toBe(2);
    expect(stderr).toContain('HTTP_PROXY does not name an http proxy');
    expect(stderr).not.toContain('s3cret');
  });
});
