import type { Reason } from '../results/reasons.ts';
import type { OpenWord } from '../terminal/shell-word.ts';
import {
  type Advise,
  type Change,
  correctUrl,
  type Failure,
  fewer,
  largerSize,
  lessLoad,
  longerAttempt,
  longerStall,
  longerToConnect,
  longerToLookUp,
  longerWork,
  more,
  onResume,
  onRun,
  onServe,
  proxyPassword,
  replaceFile,
  seeWork,
} from './change.ts';

const CA_FILE: OpenWord = { before: '', variable: 'CA_FILE' };

const correct: Advise = (failure) => [correctUrl(failure)];
const correctModule: Advise = () => [onResume('correct the module of --work, and do it again')];
const fewerAtOnce: Advise = ({ options }) => [onResume('fewer at once', ...fewer(options))];

/** What can be changed where the reason is known. */
export const BY_REASON: Record<Reason, Advise> = {
  'empty-url': correct,
  'long-url': correct,
  'malformed-url': correct,
  'malformed-host': correct,

  // A resume can add to what the options forbid, and not take back.
  'deny-host': (failure) => [
    onRun('leave out the --deny-host it matches', { deny_hosts: notDenying(failure) }),
  ],
  'allow-host': (failure) => [onResume('allow its host too', ...allowedWith(failure))],
  'private-address': ({ onServer }) => [
    onServer
      ? onServe(
          'a server refuses such addresses: start it so, and hand the manifest in again',
          '--no-deny-private',
        )
      : onRun('leave out --deny-private', { deny_private: false }),
  ],

  'host-not-found': (failure) => [correctUrl(failure, 'there is no host with this name')],
  'dns-timeout': ({ options }) => [
    onResume(
      'see whether its name server is up, or allow it more time',
      ...longerToLookUp(options),
    ),
  ],
  'name-lookup-failed': () => [onResume('try again when the name server answers')],

  refused: isHostUp,
  unreachable: isHostUp,
  // The system gave up before imgjob did: more time would change nothing.
  'system-timeout': isHostUp,
  'connect-timeout': ({ options }) => [
    onResume('see whether the host is up, or allow it more time', ...longerToConnect(options)),
  ],
  'not-permitted': () => [onResume('see what forbids the connection here, such as a firewall')],
  'no-local-address': fewerAtOnce,
  'open-files': fewerAtOnce,
  'proxy-auth': () => [proxyPassword()],
  'proxy-refused': ({ options }) => [
    onResume('see why the proxy refuses, or try more often', ...more(options)),
  ],

  'not-tls': (failure) => [correctUrl(failure, 'this port may want http:')],
  handshake: () => [correctTls()],
  'certificate-untrusted': (failure) =>
    orAccept(failure, [
      onResume(
        `trust the authority that signed its certificate, by the file that the variable ${CA_FILE.variable} names`,
        ...['--cacert', CA_FILE],
      ),
    ]),
  'certificate-expired': (failure) => orAccept(failure, [onResume('have its certificate renewed')]),
  'certificate-host': (failure) =>
    orAccept(failure, [correctUrl(failure, 'the certificate is of another host')]),

  'attempt-timeout': ({ options }) => [
    onResume('allow an attempt more time', ...longerAttempt(options)),
  ],
  stalled: ({ options }) => [onResume('wait longer for the next byte', ...longerStall(options))],

  reset: lessLoad,
  closed: lessLoad,

  'not-http': (failure) => [correctUrl(failure, 'what answers there may not be a web server')],
  'invalid-status-line': correctServer,
  'invalid-content-length': correctServer,
  'invalid-chunk': correctServer,
  'partial-content': () => [onResume('have the server send whole images')],

  'body-too-large': (failure) => [onResume('allow larger images', ...largerSize(failure))],
  'headers-too-large': () => [onResume('have the server send smaller headers')],

  'not-an-image': (failure) => [correctUrl(failure, 'it leads to no image'), replaceFile()],
  'unknown-format': () => [replaceFile()],
  'unknown-encoding': () => [onResume('have the server send it without a content encoding')],

  threw: () => [seeWork()],
  'bad-output': () => [seeWork()],
  'thread-ended': () => [seeWork()],
  'work-timeout': ({ options }) => [onResume('allow the work more time', ...longerWork(options))],
  'load-failed': () => [onResume('see why the module of --work can’t be loaded, and do it again')],
  'not-a-function': correctModule,
  'syntax-error': correctModule,
};

/** Two readers refused it already: to ask again changes nothing. */
function correctServer(): Change[] {
  return [onResume('have the server’s HTTP corrected, or that of what stands before it')];
}

function isHostUp({ options }: Failure): Change[] {
  return [onResume('see whether the host is up, or try more often', ...more(options))];
}

/** The patterns of `--deny-host` that do not name the host. */
function notDenying({ error, options }: Failure): string[] {
  const name = hostName(error) ?? '';
  const names = (pattern: string) =>
    pattern === '*' ||
    pattern === name ||
    (/^\*\./.test(pattern) && name.endsWith(pattern.slice(1)));
  return options.deny_hosts.filter((pattern) => !names(pattern));
}

function hostName({ host }: Failure['error']): string | undefined {
  return host?.replace(/:\d+$/, '');
}

/** All that were allowed, since those of a resume replace them, and its own. */
function allowedWith({ error, options }: Failure): string[] {
  const name = hostName(error);
  const hosts = name === undefined ? options.allow_hosts : [...options.allow_hosts, name];
  return hosts.flatMap((host) => ['--allow-host', host]);
}

function correctTls(): Change {
  return onResume('have the server’s TLS corrected');
}

/** Any certificate was accepted already where `--insecure` was given. */
function orAccept({ options }: Failure, changes: Change[]): Change[] {
  if (options.insecure) return [correctTls()];
  return [...changes, onResume('accept any certificate, also a forged one', '--insecure')];
}
