import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** PEM files of a server at localhost, signed by a CA that nobody knows yet. */
export interface TestCertificate {
  /** Of the CA: who trusts this trusts the server. */
  caFile: string;
  certificateFile: string;
  keyFile: string;
}

/** Makes a CA and a certificate of it for `localhost` and 127.0.0.1, good for a day, in `dir`. Takes OpenSSL 3. */
export function makeCertificate(dir: string): TestCertificate {
  const file = (name: string) => join(dir, name);
  const make = (...args: string[]) =>
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
        ...args,
      ],
      { stdio: 'pipe' },
    );
  const [caFile, caKey] = [file('ca.pem'), file('ca.key')];
  const [certificateFile, keyFile] = [file('server.pem'), file('server.key')];
  make('-subj', '/CN=podbus test CA', '-keyout', caKey, '-out', caFile);
  make(
    ...[
      '-subj',
      '/CN=localhost',
      '-keyout',
      keyFile,
      '-out',
      certificateFile,
      '-CA',
      caFile,
      '-CAkey',
      caKey,
    ],
    ...[
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
      '-addext',
      'basicConstraints=critical,CA:FALSE',
    ],
  );
  return { caFile, certificateFile, keyFile };
}

/** What `node:https` wants of it. */
export const tlsOptions = ({ caFile, certificateFile, keyFile }: TestCertificate) => ({
  ca: readFileSync(caFile),
  cert: readFileSync(certificateFile),
  key: readFileSync(keyFile),
});
