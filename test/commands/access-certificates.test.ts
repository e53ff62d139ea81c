import { createServer as createTlsServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
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
