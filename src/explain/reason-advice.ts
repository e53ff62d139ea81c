import type { Reason } from '../results/reasons.ts';
import {
  type Advise,
  type Change,
  correctUrl,
  type Failure,
  fewer,
  larger,
  lessLoad,
  longerAttempt,
  longerStall,
  longerToConnect,
  longerWork,
  more,
  proxyPassword,
  replaceFile,
  resume,
  run,
  seeWork,
} from './change.ts';

const correct: Advise = (failure) => [correctUrl(failure)];
const correctModule: Advise = () => [resume('correct the module of --work, and do it again')];
const fewerAtOnce: Advise = ({ options }) => [resume('fewer at once', ...fewer(options))];

/** What can be changed where the reason is known. */
export const BY_REASON: Record<Reason, Advise> = {
  'empty-url': correct,
  'long-url': correct,
  'malformed-url': correct,

  // A resume can add to what the options forbid, and not take back.
  'deny-host': () => [run('leave out the --deny-host it matches')],
  'allow-host': (failure) => [resume('allow its host too', ...allowedWith(failure))],
  'private-address': () => [run('leave out --deny-private')],

  'host-not-found': (failure) => [correctUrl(failure, 'there is no host of this name')],
  'name-lookup-failed': () => [resume('try again when the name server answers')],

  refused: isHostUp,
  unreachable: isHostUp,
  // The system gave up before imgjob did: more time would change nothing.
  'system-timeout': isHostUp,
  'connect-timeout': ({ options }) => [
    resume('see whether the host is up, or allow it more time', ...longerToConnect(options)),
  ],
  'not-permitted': () => [resume('see what forbids the connection here, such as a firewall')],
  'no-local-address': fewerAtOnce,
  'open-files': fewerAtOnce,
  'proxy-auth': () => [proxyPassword()],
  'proxy-refused': ({ options }) => [
    resume('see why the proxy lets nobody through, or try more often', ...more(options)),
  ],

  'not-tls': (failure) => [correctUrl(failure, 'this port may want http:')],
  handshake: () => [correctTls()],
  'certificate-untrusted': (failure) =>
    orAccept(failure, [
      resume('trust the authority that signed its certificate', '--cacert', 'FILE'),
    ]),
  'certificate-expired': (failure) => orAccept(failure, [resume('have its certificate renewed')]),
  'certificate-host': (failure) =>
    orAccept(failure, [correctUrl(failure, 'the certificate is of another host')]),

  'attempt-timeout': ({ options }) => [
    resume('allow an attempt more time', ...longerAttempt(options)),
  ],
  stalled: ({ options }) => [resume('wait longer for the next byte', ...longerStall(options))],

  reset: lessLoad,
  closed: lessLoad,
  'not-http': (failure) => [
    correctUrl(failure, 'what answers there may not be a web server'),
    ...lessLoad(failure),
  ],

  'body-too-large': (failure) => [resume('allow larger images', ...larger(failure))],
  'headers-too-large': () => [resume('have the server send smaller headers')],

  'not-an-image': (failure) => [correctUrl(failure, 'it leads to no image'), replaceFile()],
  'unknown-format': () => [replaceFile()],
  'unknown-encoding': () => [resume('have the server send it without a content encoding')],

  threw: () => [seeWork()],
  'bad-output': () => [seeWork()],
  'thread-ended': () => [seeWork()],
  'work-timeout': ({ options }) => [resume('allow the work more time', ...longerWork(options))],
  'load-failed': () => [resume('see why the module of --work can’t be loaded, and do it again')],
  'not-a-function': correctModule,
  'syntax-error': correctModule,
};

function isHostUp({ options }: Failure): Change[] {
  return [resume('see whether the host is up, or try more often', ...more(options))];
}

/** All that were allowed, since those of a resume replace them, and its own. */
function allowedWith({ error, options }: Failure): string[] {
  const name = error.host?.replace(/:\d+$/, '');
  const hosts = name === undefined ? options.allow_hosts : [...options.allow_hosts, name];
  return hosts.flatMap((host) => ['--allow-host', host]);
}

function correctTls(): Change {
  return resume('have the server’s TLS corrected');
}

/** Any certificate was accepted already where `--insecure` was given. */
function orAccept({ options }: Failure, changes: Change[]): Change[] {
  if (options.insecure) return [correctTls()];
  return [...changes, resume('accept any certificate, also a forged one', '--insecure')];
}
