import { isNoPlace } from '../results/other-manifest.ts';
import type { FaultCode } from '../results/results-schema.ts';
import { headerWord } from '../terminal/shell-word.ts';
import {
  type Advise,
  type Change,
  correctUrl,
  type Failure,
  gentler,
  lessLoad,
  longerTimes,
  longerToConnect,
  more,
  moreRedirects,
  onResume,
  onRun,
  proxyPassword,
  replaceFile,
  seeWork,
} from './change.ts';
import { BY_REASON } from './reason-advice.ts';

const HEADER = headerWord('Authorization');

/**
 * What can be changed where the code says all; where it has several causes and
 * nothing tells which it was, what helps against any of them.
 */
const BY_CODE: Record<FaultCode, Advise> = {
  'invalid-url': (failure) => [correctUrl(failure)],
  'unsupported-scheme': (failure) => [correctUrl(failure)],
  'blocked-address': () => [
    onRun('leave out the --deny-private or --deny-host that refuses it, or allow its host too'),
  ],
  dns: (failure) => [
    correctUrl(failure, 'there may be no host with this name'),
    ...BY_REASON['dns-timeout'](failure),
  ],
  connect: ({ options }) => [
    onResume(
      'see whether the host is up, try more often, or allow it more time',
      ...[...more(options), ...longerToConnect(options)],
    ),
  ],
  tls: (failure) => [
    ...BY_REASON['certificate-untrusted'](failure),
    ...BY_REASON['not-tls'](failure),
  ],
  timeout: ({ options }) => [
    onResume('allow more time for an attempt and for each byte', ...longerTimes(options)),
  ],
  'http-status': adviseOnStatus,
  'too-many-redirects': ({ options }) => [
    onResume('see where it leads, or follow more redirects', ...moreRedirects(options)),
  ],
  disconnected: lessLoad,
  'bad-response': (failure) => [
    ...BY_REASON['not-http'](failure),
    ...BY_REASON['invalid-status-line'](failure),
  ],
  truncated: lessLoad,
  'too-large': (failure) => [
    ...BY_REASON['body-too-large'](failure),
    ...BY_REASON['headers-too-large'](failure),
  ],
  'empty-body': () => [replaceFile()],
  'unsupported-format': () => [replaceFile()],
  'corrupt-image': () => [replaceFile()],
  'no-dimensions': () => [replaceFile()],
  work: (failure) => [seeWork(), ...BY_REASON['work-timeout'](failure)],
  'worker-lost': () => [
    onResume('see on its machines why the workers died there (memory is what most run out of)'),
  ],
  internal: () => [onResume('report it, please; then try again')],
};

/**
 * What may change the outcome of a failed image, the likeliest first. Goes by
 * code, reason, status, host and options; messages are for people alone.
 */
export function adviseOn(failure: Failure): Change[] {
  const { error, reason } = failure;
  const advise = reason === null ? BY_CODE[error.code] : BY_REASON[reason];
  return [...advise(failure), ...adviseOnSkipped(failure)];
}

/** What may change the outcome of an image that was skipped because of another one. */
export function adviseOnSkipped({
  skipped,
  options,
}: Pick<Failure, 'skipped' | 'options'>): Change[] {
  if (skipped === 0 || options.keep_going) return [];
  return [onResume('work on the other images of its store all the same', '--keep-going')];
}

function adviseOnStatus(failure: Failure): Change[] {
  const { error, options } = failure;
  const status = error.http_status ?? 0;
  if (status === 401 || status === 403)
    return [
      onResume(`send what the server asks for, from the variable ${HEADER.variable}`, '-H', HEADER),
    ];
  if (status === 407) return [proxyPassword()];
  if (isNoPlace(status)) return [correctUrl(failure)];
  if (status === 429 || status === 503) {
    return [onResume('ask the host less often', ...gentler(options), ...more(options))];
  }
  if (status >= 500 || status === 408 || status === 425) {
    return [onResume('try more often', ...more(options))];
  }
  return [onResume('see why the server refuses it')];
}
