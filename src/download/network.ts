import { createNameSources } from '../names/name-sources.ts';
import { createNames } from '../names/names.ts';
import { createSharing } from '../sharing.ts';
import { createConnectionPool } from './connections.ts';
import { createDownloader, type Downloader, type DownloadOptions } from './download.ts';
import { createHostLimiter, type HostLimiter } from './host-limiter.ts';
import { createRequests, type Requests } from './requests.ts';
import { createSloppyOrigins } from './sloppy-origins.ts';

export type NetworkOptions = {
  /** Names the proxies: HTTP_PROXY, HTTPS_PROXY, NO_PROXY, in either case; and how names are looked up. */
  env: Record<string, string | undefined>;
  /** Where it is not for this process alone. */
  limiter?: HostLimiter | undefined;
};

/** What all downloads of a process share: their connections, the names looked up, and the limiter of hosts. */
export type Network = {
  /** A downloader with options of its own. Throws `usage` for a proxy that can't be. */
  open(options: DownloadOptions): Downloader;
  /** Most connections at once from now on, those at rest included. */
  setMostConnections(most: number): void;
};

/** Downloaders of equal options on how hosts are reached use the same connections. */
export function createNetwork({ env, limiter = createHostLimiter() }: NetworkOptions): Network {
  const pool = createConnectionPool();
  const names = createNames(createNameSources(env));
  const sloppy = createSloppyOrigins();
  const sharing = createSharing<Requests>(async (requests) => {
    await requests.close();
    if (sharing.isEmpty()) names.rest();
  });

  function open(given: DownloadOptions): Downloader {
    // An attempt that is over while it still connects would keep a connection that is of no use.
    const most_ms = given.timeout_ms * 0.9;
    const dns_timeout_ms = Math.min(given.dns_timeout_ms, most_ms);
    const connect_timeout_ms = Math.min(given.connect_timeout_ms, most_ms);
    const options = { ...given, dns_timeout_ms, connect_timeout_ms };
    const { concurrency, deny_private, tls } = options;
    const limits = { dns_timeout_ms, connect_timeout_ms };
    const key = JSON.stringify({ concurrency, ...limits, deny_private, tls });
    const make = () => createRequests(options, { pool, names, env });
    const { value: requests, release } = sharing.take(key, make);
    const entrance = limiter.under(options);
    const download = createDownloader(options, { requests, sloppy, entrance });
    return { download, close: release };
  }

  return { open, setMostConnections: pool.setMost };
}
