// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { Webhook } from '../../api/shapes';
import { useAction, useRemote } from '../../api/remote';
import { confirm } from '../../app/confirm';
import { navigate } from '../../app/router';
import { allowed } from '../../app/session';
import { attempt, tell } from '../../app/toasts';
import { AwaitedPage, EditorHead, useDraft } from '../../parts/editor';
import { Field, Switch } from '../../parts/field';
import { filled, ListInput } from '../../parts/list_input';
import { Age } from '../../parts/now';
import { Once } from '../../parts/once';
import { ProblemNote } from '../../parts/problem_note';
import { count } from '../../text/format';
import { eventTypes } from '../events_page';
import { WebhookState } from './webhook_state';

type Draft = Pick<Webhook, 'name' | 'url' | 'types' | 'endpoints' | 'paths' | 'headers' | 'timeout' | 'enabled'>;
const fresh: Webhook = {
  name: '', url: 'https://', types: ['value', 'send'], endpoints: [], paths: [], headers: {}, timeout: 10, enabled: true,
  status: { state: 'active', delivered: 0, failures: 0, lag: 0 },
};

function draftOf({ name, url, types, endpoints, paths, headers, timeout, enabled }: Webhook): Draft {
  return { name, url, types, endpoints, paths, headers, timeout, enabled };
}

export function WebhookPage({ name }: { name: string }) {
  const isNew = name === 'new';
  const [secret, setSecret] = useState<string | undefined>();
  const [page, setPage] = useState(name);
  const remote = useRemote(
    async (signal) => (page === 'new' ? fresh : call('GET /api/v1/webhooks/{name}', { at: { name: page }, signal })),
    [page],
    isNew ? undefined : 5000,
  );
  if (!remote.data) return <AwaitedPage title={page} what="the webhook" remote={remote} />;
  const made = (hook: Webhook & { secret?: string }) => {
    setSecret(hook.secret);
    // The page stays, so that the secret can be read; the address is right from now on.
    if (page === 'new') {
      history.replaceState(history.state, '', `/webhooks/${encodeURIComponent(hook.name)}`);
      setPage(hook.name);
    } else {
      remote.reload();
    }
  };
  return <Editor saved={remote.data} isNew={page === 'new'} secret={secret} onSaved={made} onChange={remote.reload} />;
}

interface EditorProps {
  saved: Webhook;
  isNew: boolean;
  secret?: string;
  onSaved(hook: Webhook & { secret?: string }): void;
  onChange(): void;
}

function Editor({ saved, isNew, secret, onSaved, onChange }: EditorProps) {
  const { value: draft, changed, change, done } = useDraft(draftOf(saved));
  const disabled = !allowed('admin');
  const at = { name: saved.name };

  const save = useAction(async () => {
    const { name, ...rest } = draft;
    const body = { ...rest, endpoints: filled(draft.endpoints), paths: filled(draft.paths) };
    const hook = await call('PUT /api/v1/webhooks/{name}', { at: { name }, body });
    done();
    tell('The webhook is saved');
    onSaved(hook);
  });
  const remove = async () => {
    if (!(await confirm({ title: `Remove ${saved.name}?`, text: 'What it has not delivered yet is not delivered any more.', action: 'Remove it' }))) return;
    if (!(await attempt(() => call('DELETE /api/v1/webhooks/{name}', { at }), 'The webhook is removed'))) return;
    done();
    navigate('/webhooks');
  };
  const resume = async () => {
    if (await attempt(() => call('POST /api/v1/webhooks/{name}/resume', { at }), 'The webhook tries again')) onChange();
  };
  return (
    <div class="page">
      <EditorHead
        title={isNew ? 'New webhook' : saved.name}
        mark={!isNew && <WebhookState hook={saved} />}
        mayEdit={!disabled}
        save={save}
        ready={(isNew || changed) && draft.name !== ''}
        onRemove={isNew ? undefined : remove}
      >
        {saved.status.state === 'paused' && <button class="button" onClick={resume}>Resume</button>}
      </EditorHead>
      {secret && <Once title="The secret that signs the deliveries" text={secret} />}
      <div class="split">
        <section class="panel">
          <div class="body">
            {isNew && (
              <Field label="Name">
                {(id) => <input id={id} class="input" pattern="[^/]+" value={draft.name} placeholder="telemetry" onInput={(event) => change({ name: event.currentTarget.value })} />}
              </Field>
            )}
            <Switch label="On" checked={draft.enabled} disabled={disabled} onChange={(enabled) => change({ enabled })} />
            <Field label="URL">
              {(id) => <input id={id} class="input" type="url" disabled={disabled} value={draft.url} spellcheck={false} onInput={(event) => change({ url: event.currentTarget.value })} />}
            </Field>
            <TypeChoice types={draft.types} disabled={disabled} onChange={(types) => change({ types })} />
            <div class="fields">
              <ListInput label="Endpoints" note="None: of every device; * at the end" value={draft.endpoints} disabled={disabled} onChange={(endpoints) => change({ endpoints })} />
              <ListInput label="Paths" note="None: any" value={draft.paths} disabled={disabled} placeholder="/3303" onChange={(paths) => change({ paths })} />
            </div>
            <ListInput
              label="Headers"
              note="Name: value, one a line. Values are not shown; a name alone keeps the one there is."
              disabled={disabled}
              value={Object.entries(draft.headers).map(([name, value]) => (value === null ? name : `${name}: ${value}`))}
              onChange={(lines) => change({ headers: headersOf(lines) })}
            />
            <Field label="Seconds until a delivery has failed">
              {(id) => <input id={id} class="input" type="number" min={1} max={60} disabled={disabled} value={draft.timeout} onInput={(event) => change({ timeout: Number(event.currentTarget.value) })} />}
            </Field>
          </div>
        </section>
        {!isNew && <Deliveries hook={saved} />}
      </div>
    </div>
  );
}

function headersOf(lines: string[]): Draft['headers'] {
  return Object.fromEntries(lines.filter((line) => line.trim()).map((line) => {
    const at = line.indexOf(':');
    return at < 0 ? [line.trim(), null] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  }));
}

function TypeChoice({ types, disabled, onChange }: { types: Draft['types']; disabled: boolean; onChange(types: Draft['types']): void }) {
  return (
    <div class="field" role="group" aria-label="Events">
      <div class="label">Events {types.length === 0 && <span class="faint">all</span>}</div>
      <div class="row wrap">
        {eventTypes.map((type) => (
          <label key={type} class="row small">
            <input
              type="checkbox"
              class="check"
              disabled={disabled}
              checked={types.includes(type)}
              onChange={(event) => onChange(event.currentTarget.checked ? [...types, type] : types.filter((one) => one !== type))}
            />
            {type}
          </label>
        ))}
      </div>
    </div>
  );
}

function Deliveries({ hook }: { hook: Webhook }) {
  const { status } = hook;
  const [result, setResult] = useState<{ status?: number; error?: string; elapsedMs: number } | undefined>();
  const test = useAction(async () => setResult(await call('POST /api/v1/webhooks/{name}/test', { at: { name: hook.name } })));
  return (
    <section class="panel">
      <header>
        <h2>Deliveries</h2>
        {allowed('admin') && <div class="actions"><button class="button little" disabled={test.busy} onClick={() => test.run()}>{test.busy ? 'Testing …' : 'Test it'}</button></div>}
      </header>
      <div class="body">
        <ProblemNote problem={test.problem} />
        {result && (
          <div class={result.error ? 'problem' : 'notice calm'} role="status">
            {result.error ? `The test failed: ${result.error}` : `It answered ${result.status}`} after {result.elapsedMs} ms
          </div>
        )}
        <dl class="facts">
          <dt>Events delivered</dt><dd>{count(status.delivered)}</dd>
          <dt>Deliveries failed</dt><dd>{count(status.failures)}</dd>
          <dt>Events behind</dt><dd>{count(status.lag)}</dd>
          <dt>Last taken</dt><dd><Age time={status.lastSuccess} ago /></dd>
          {status.lastStatus !== undefined && <><dt>Last status</dt><dd>{status.lastStatus}</dd></>}
          {status.lastError && <><dt>Last error</dt><dd class="bad">{status.lastError}</dd></>}
        </dl>
      </div>
    </section>
  );
}
