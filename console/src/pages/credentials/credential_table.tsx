// SPDX-License-Identifier: Apache-2.0
import { call } from '../../api/call';
import type { Credential } from '../../api/shapes';
import { confirm } from '../../app/confirm';
import { devicePath } from '../../app/router';
import { allowed } from '../../app/session';
import { attempt } from '../../app/toasts';
import { Icon } from '../../parts/icon';
import { Age } from '../../parts/now';
import { day } from '../../text/format';

const modeWords = { psk: 'PSK', rpk: 'Raw public key', x509: 'X.509' };

/** Credentials; with a column for the devices if they are of several. */
export function CredentialTable({ credentials, devices = false, onChange }: { credentials: Credential[]; devices?: boolean; onChange(): void }) {
  const revoke = async ({ endpoint, id }: Credential) => {
    const yes = await confirm({
      title: `Revoke credential ${id}?`,
      text: `Sessions that ${endpoint} made with it end. If it has no other, nobody of that name comes in until it gets one.`,
      action: 'Revoke it',
    });
    if (yes && (await attempt(() => call('DELETE /api/v1/credentials/{endpoint}/{id}', { at: { endpoint, id } }), 'The credential is revoked'))) onChange();
  };
  return (
    <div class="scroll-x">
      <table class="table cards">
        <thead>
          <tr>{devices && <th>Endpoint</th>}<th>Kind</th><th>Proves itself by</th><th>Valid until</th><th class="num">Added</th><th /></tr>
        </thead>
        <tbody>
          {credentials.map((one) => (
            <tr key={`${one.endpoint} ${one.id}`}>
              {devices && <td class="wide endpoint"><a href={devicePath(one.endpoint, 'credentials')}>{one.endpoint}</a></td>}
              <td class="fixed">{modeWords[one.mode]} <span class="faint small">#{one.id}</span></td>
              <td class="wide">
                <Proof credential={one} />
                {one.advice && <div class="small warn row"><Icon name="alert" />{one.advice}</div>}
              </td>
              <td class="fixed away">{one.notAfter === undefined ? <span class="faint">–</span> : <span class={one.notAfter * 1000 < Date.now() ? 'bad' : ''}>{day(one.notAfter)}</span>}</td>
              <td class="num muted away"><Age time={one.created} ago /></td>
              <td class="ends">{allowed('admin') && <button class="button little danger" onClick={() => revoke(one)}>Revoke</button>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Proof({ credential }: { credential: Credential }) {
  if (credential.mode === 'psk') {
    return <span>identity <span class="mono small">{credential.identity}</span> <span class="faint small">key of {credential.keyBytes} bytes</span></span>;
  }
  if (credential.byName) return <span>any certificate of a trust anchor with this name</span>;
  return (
    <span>
      {credential.subject && <>{credential.subject} </>}
      <span class="mono small faint" title={credential.fingerprint}>{credential.fingerprint?.slice(0, 24)}…</span>
    </span>
  );
}
