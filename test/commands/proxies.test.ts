import { describe, expect, it } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { parseResults } from '../support/kept.ts';
import { startProxy } from '../support/proxy.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();

/** Runs one store of this image; answers its result and what the program said. */
async function runImage(url: string, args: string[], env: Record<string, string>) {
  const manifest = { job_id: 'one', stores: [{ store_id: 'S1', images: [url] }] };
  const path = runs.workspace.write('m.json', manifest);
  const ran = await runs.run(['--force', '--retries', '0', ...args, path], { env });
  return { ...ran, image: parseResults(ran.stdout).stores[0]?.images[0] };
}

describe('a proxy', () => {
  it('is asked where HTTP_PROXY names one, but not for what NO_PROXY names', async () => {
    const proxy = await startProxy();
    const env = { HTTP_PROXY: proxy.address };
    const { image } = await runImage(runs.at('/png/4x3'), [], env);
    expect(image?.status).toBe('completed');
    expect(proxy.asked).toEqual([`GET ${runs.at('/png/4x3')}`]);
    await runImage(runs.at('/png/4x3'), [], { ...env, NO_PROXY: '127.0.0.1' });
    expect(proxy.asked).toHaveLength(1);
    proxy.close();
  });

  it.each(['127.0.0.1', 'localhost', 'metadata.google.internal'])(
    'is no way around --deny-private to %s',
    async (host) => {
      const proxy = await startProxy();
      const env = { HTTP_PROXY: proxy.address };
      const { image } = await runImage(`http://${host}/png/4x3`, ['--deny-private'], env);
      expect(image?.error).toMatchObject({ code: 'blocked-address' });
      expect(proxy.asked).toEqual([]);
      proxy.close();
    },
  );

  it('whose variable names none is a usage error that does not repeat it', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest());
    const { code, stderr } = await runs.run([path], { env: { HTTP_PROXY: 'socks5://u:s3cret@h' } });
    expect(code).toBe(2);
    expect(stderr).toContain('HTTP_PROXY does not name an http proxy');
    expect(stderr).not.toContain('s3cret');
  });
});

const certificates = makeCertificates();

describe.skipIf(!certificates)('a proxy that is asked over TLS', () => {
  it('is one that Node.js trusts, or not at all', async () => {
    const proxy = await startProxy({ ...(certificates && { certificate: certificates.good }) });
    const trusted = runs.workspace.write('ca.pem', certificates?.authority ?? '');
    const env = { HTTP_PROXY: proxy.address };
    const url = runs.at('/png/4x3');
    // That is for hosts: whoever stands between could read a proxy's password.
    const insecure = await runImage(url, ['--insecure', '--cacert', trusted], env);
    expect(insecure.image?.error).toMatchObject({ code: 'tls' });
    const { image } = await runImage(url, [], { ...env, NODE_EXTRA_CA_CERTS: trusted });
    expect(image?.status).toBe('completed');
    expect(proxy.asked).toEqual([`GET ${url}`]);
    expect(runs.server.requests.at(-1)?.headers.host).toBe(runs.server.host);
    proxy.close();
  });

  it('is asked for all hosts over one connection', async () => {
    const proxy = await startProxy({
      ports: { http: Number(new URL(runs.server.address).port), https: 0 },
      ...(certificates && { certificate: certificates.good }),
    });
    const urls = ['a', 'b', 'a', 'c'].map((host) => `http://${host}.example/png/4x3`);
    const path = runs.workspace.write('m.json', { stores: [{ store_id: 'S1', images: urls }] });
    const trusted = runs.workspace.write('ca.pem', certificates?.authority ?? '');
    const env = { HTTP_PROXY: proxy.address, NODE_EXTRA_CA_CERTS: trusted };
    expect((await runs.run([path], { env })).code).toBe(0);
    expect(proxy.asked).toEqual(urls.map((url) => `GET ${url}`));
    expect(proxy.connections()).toBe(1);
    proxy.close();
  });
});
