import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Certificate = { key: string; cert: string };

export type Certificates = {
  /** The authority that signed all of these but the self-signed one. */
  authority: string;
  good: Certificate;
  selfSigned: Certificate;
  expired: Certificate;
  wrongName: Certificate;
};

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const OWN_NAMES = 'IP:127.0.0.1,DNS:localhost,DNS:a.example,DNS:b.example';

/** Certificates of a few days, made by the `openssl` command; null where there is none. */
export function makeCertificates(): Certificates | null {
  const folder = mkdtempSync(join(tmpdir(), 'imgjob-certificates-'));
  try {
    const authority = sign(folder, 'authority').cert;
    return {
      authority,
      selfSigned: sign(folder, 'self-signed'),
      good: issue(folder, 'good', OWN_NAMES, 2),
      expired: issue(folder, 'expired', OWN_NAMES, -1),
      wrongName: issue(folder, 'wrong-name', 'DNS:other.invalid', 2),
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A certificate that vouches for itself. */
function sign(folder: string, name: string): Certificate {
  const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
  openssl(folder, ['req', '-x509', '-days', '2', '-subj', `/CN=${name}`, ...NEW_KEY, ...files]);
  return read(folder, name);
}

/** A certificate of the authority. */
function issue(folder: string, name: string, names: string, days: number): Certificate {
  const files = ['-keyout', `${name}.key`, '-out', `${name}.csr`];
  openssl(folder, ['req', '-new', '-subj', `/CN=${name}`, ...NEW_KEY, ...files]);
  writeFileSync(join(folder, 'names'), `subjectAltName=${names}\n`);
  const authority = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial'];
  const request = ['-req', '-in', `${name}.csr`, '-extfile', 'names', '-out', `${name}.pem`];
  openssl(folder, ['x509', ...request, ...authority, '-days', String(days)]);
  return read(folder, name);
}

function read(folder: string, name: string): Certificate {
  const text = (ending: string) => readFileSync(join(folder, `${name}.${ending}`), 'utf8');
  return { key: text('key'), cert: text('pem') };
}

function openssl(cwd: string, options: string[]): void {
  execFileSync('openssl', options, { cwd, stdio: 'pipe' });
}
