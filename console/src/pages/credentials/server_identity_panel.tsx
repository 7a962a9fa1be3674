// SPDX-License-Identifier: Apache-2.0
import { call } from '../../api/call';
import { useRemote } from '../../api/remote';
import { CopyButton } from '../../parts/copy';
import { Loading } from '../../parts/empty';
import { ProblemNote } from '../../parts/problem_note';
import { day } from '../../text/format';

/** What devices need to know of the server (/0/x/4). */
export function ServerIdentityPanel() {
  const remote = useRemote((signal) => call('GET /api/v1/server-identity', { signal }), []);
  const data = remote.data;
  if (!data) return remote.problem ? <ProblemNote problem={remote.problem} retry={remote.reload} /> : <Loading what="the server's keys" />;
  const { publicKey, certificate } = data;
  return (
    <div class="columns">
      <section class="panel">
        <header><h2>Public key</h2><span class="actions small faint">{data.origin}</span></header>
        <div class="body">
          <dl class="facts"><dt>Fingerprint</dt><dd class="mono small">{publicKey.fingerprint}</dd></dl>
          <Block text={publicKey.pem} what="Copy the PEM" />
          <Block text={publicKey.hex} what="Copy the hex" />
        </div>
      </section>
      <section class="panel">
        <header><h2>Certificate</h2></header>
        <div class="body">
          <dl class="facts">
            <dt>Subject</dt><dd>{certificate.subject}</dd>
            <dt>Issuer</dt><dd>{certificate.issuer}</dd>
            <dt>Valid</dt><dd>{day(certificate.notBefore)} to {day(certificate.notAfter)}</dd>
            <dt>Fingerprint</dt><dd class="mono small">{certificate.fingerprint}</dd>
          </dl>
          <Block text={certificate.pem} what="Copy the PEM" />
        </div>
      </section>
    </div>
  );
}

function Block({ text, what }: { text: string; what: string }) {
  return (
    <div class="row start">
      <pre class="code wrap grow">{text}</pre>
      <span class="copyable"><CopyButton text={text} what={what} /></span>
    </div>
  );
}
