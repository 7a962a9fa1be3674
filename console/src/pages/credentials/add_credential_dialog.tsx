// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { NewCredential } from '../../api/shapes';
import { useAction } from '../../api/remote';
import { tell } from '../../app/toasts';
import { CopyButton } from '../../parts/copy';
import { Field, Segments, Switch } from '../../parts/field';
import { FormDialog } from '../../parts/form_dialog';
import { hexOf } from '../../text/bytes';

type Mode = 'psk' | 'rpk' | 'x509';

interface Props {
  /** The one it is for; asked for if it is not given. */
  endpoint?: string;
  onClose(): void;
  onDone(): void;
}

export function AddCredentialDialog({ endpoint: given, onClose, onDone }: Props) {
  const [endpoint, setEndpoint] = useState(given ?? '');
  const [mode, setMode] = useState<Mode>('psk');
  const [identity, setIdentity] = useState('');
  const [key, setKey] = useState('');
  const [pem, setPem] = useState('');
  const [byName, setByName] = useState(false);

  const body = (): NewCredential => {
    if (mode === 'psk') return { mode, identity: identity || undefined, key: key.replace(/\s/g, '') };
    if (mode === 'rpk') return { mode, publicKey: pem };
    return byName ? { mode } : { mode, certificate: pem };
  };
  const add = useAction(async () => {
    await call('POST /api/v1/credentials/{endpoint}', { at: { endpoint }, body: body() });
    tell('The credential is added', endpoint);
    onDone();
    onClose();
  });
  const changed = endpoint !== (given ?? '') || [identity, key, pem].some((text) => text !== '');
  return (
    <FormDialog title="Add a credential" act={add} action="Add it" changed={changed} onClose={onClose}>
      <Field label="Endpoint">
        {(id) => <input id={id} class="input" data-first={given ? undefined : true} required disabled={given !== undefined} value={endpoint} placeholder="urn:dev:os:32473-lamp-1" spellcheck={false} onInput={(event) => setEndpoint(event.currentTarget.value)} />}
      </Field>
      <Segments<Mode>
        label="Kind"
        value={mode}
        onChange={setMode}
        options={[{ value: 'psk', label: 'Pre-shared key' }, { value: 'rpk', label: 'Raw public key' }, { value: 'x509', label: 'X.509' }]}
      />
      {mode === 'psk' && (
        <>
          <Field label="Identity" note="Left empty it is the endpoint.">
            {(id) => <input id={id} class="input" maxLength={128} value={identity} spellcheck={false} onInput={(event) => setIdentity(event.currentTarget.value)} />}
          </Field>
          <Field
            label="Key"
            note="Hex, base64:… or text:…; it is not shown again."
            aside={<span class="row">{key && <span class="copyable"><CopyButton text={key} what="Copy the key" /></span>}<button class="button little plain" type="button" onClick={() => setKey(hexOf(crypto.getRandomValues(new Uint8Array(16))))}>Make one</button></span>}
          >
            {(id) => <input id={id} class="input mono" required value={key} spellcheck={false} autocomplete="off" onInput={(event) => setKey(event.currentTarget.value)} />}
          </Field>
        </>
      )}
      {mode === 'x509' && <Switch label="Any certificate of a trust anchor with this name" checked={byName} onChange={setByName} />}
      {(mode === 'rpk' || (mode === 'x509' && !byName)) && <PemField label={mode === 'rpk' ? 'Public key' : 'Certificate'} value={pem} onChange={setPem} />}
    </FormDialog>
  );
}

export function PemField({ label, value, onChange }: { label: string; value: string; onChange(text: string): void }) {
  const take = async (files: FileList | null) => {
    if (files?.[0]) onChange(await files[0].text());
  };
  return (
    <Field label={label} note="PEM, or DER in base64 or hex." aside={<input type="file" accept=".pem,.crt,.cer,.key,.txt" aria-label={`${label} from a file`} onChange={(event) => take(event.currentTarget.files)} />}>
      {(id) => <textarea id={id} class="area mono" rows={6} required value={value} spellcheck={false} placeholder={`-----BEGIN ${label.toUpperCase()}-----`} onInput={(event) => onChange(event.currentTarget.value)} />}
    </Field>
  );
}
