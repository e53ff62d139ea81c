import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A certificate for some names (`DNS:*.a.test,IP:127.0.0.1`), in `PATH.pem` and `PATH.key`; it vouches for itself. */
export function makeCertificate(path, names) {
  const paths = { key: `${path}.key`, cert: `${path}.pem` };
  const options = [
    ...['req', '-x509', '-days', '2', '-subj', '/CN=bench', '-nodes'],
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-keyout', paths.key, '-out', paths.cert, '-addext', `subjectAltName=${names}`],
  ];
  execFileSync('openssl', options, { stdio: 'pipe' });
  return { key: readFileSync(paths.key, 'utf8'), cert: readFileSync(paths.cert, 'utf8'), paths };
}
