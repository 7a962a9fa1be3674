// SPDX-License-Identifier: Apache-2.0
import { call } from '../../api/call';
import type { ObserveRule } from '../../api/shapes';
import { useAction, useRemote } from '../../api/remote';
import { confirm } from '../../app/confirm';
import { devicePath, navigate } from '../../app/router';
import { mayOperate } from '../../app/session';
import { attempt, tell } from '../../app/toasts';
import { AwaitedPage, EditorHead, useDraft } from '../../parts/editor';
import { Empty } from '../../parts/empty';
import { Field, Switch } from '../../parts/field';
import { AttributeFields } from '../../parts/attribute_fields';
import { filled, ListInput } from '../../parts/list_input';
import { Age } from '../../parts/now';
import { count } from '../../text/format';
import { bodyOf } from './rules_page';

const fresh: ObserveRule = { name: '', enabled: true, devices: {}, paths: ['/3303/*/5700'], attributes: {}, composite: false };

export function RulePage({ name }: { name: string }) {
  const isNew = name === 'new';
  const remote = useRemote(
    async (signal) => (isNew ? fresh : call('GET /api/v1/observe-rules/{name}', { at: { name }, signal })),
    [name],
    isNew ? undefined : 10_000,
  );
  if (!remote.data) return <AwaitedPage title={name} what="the rule" remote={remote} />;
  return <Editor saved={remote.data} isNew={isNew} onSaved={remote.reload} />;
}

function Editor({ saved, isNew, onSaved }: { saved: ObserveRule; isNew: boolean; onSaved(): void }) {
  const { value: draft, changed, change, done } = useDraft(bodyOf(saved));
  const devices = (part: Partial<ObserveRule['devices']>) => change({ devices: { ...draft.devices, ...part } });
  const disabled = !mayOperate.value;

  const save = useAction(async () => {
    const { endpoints = [], tags = [], objects = [] } = draft.devices;
    const body = { ...draft, paths: filled(draft.paths), devices: { endpoints: filled(endpoints), tags: filled(tags), objects } };
    await call('PUT /api/v1/observe-rules/{name}', { at: { name: draft.name }, body });
    done();
    tell('The rule is saved', draft.enabled ? 'It is applied to the devices that are registered.' : undefined);
    if (isNew) navigate(`/rules/${encodeURIComponent(draft.name)}`, 'replace');
    else onSaved();
  });
  const remove = async () => {
    if (!(await confirm({ title: `Remove ${draft.name}?`, text: 'What it observes is observed no more; values and history stay.', action: 'Remove it' }))) return;
    if (!(await attempt(() => call('DELETE /api/v1/observe-rules/{name}', { at: { name: draft.name } }), 'The rule is removed'))) return;
    done();
    navigate('/rules');
  };
  return (
    <div class="page">
      <EditorHead title={isNew ? 'New rule' : draft.name} mayEdit={!disabled} save={save} ready={(isNew || changed) && draft.name !== ''} onRemove={isNew ? undefined : remove} />
      <div class="split">
        <section class="panel">
          <div class="body">
            {isNew && (
              <Field label="Name">
                {(id) => <input id={id} class="input" pattern="[!-.0-~]+" maxLength={100} value={draft.name} placeholder="temperatures" onInput={(event) => change({ name: event.currentTarget.value })} />}
              </Field>
            )}
            <Switch label="On" checked={draft.enabled} disabled={disabled} onChange={(enabled) => change({ enabled })} />
            <ListInput label="Paths" note="One a line; * stands for every instance." placeholder="/3303/*/5700" value={draft.paths} disabled={disabled} onChange={(paths) => change({ paths })} />
            <div class="fields">
              <ListInput label="Endpoints" note="Names, or patterns with *" value={draft.devices.endpoints ?? []} disabled={disabled} placeholder="urn:dev:*" onChange={(endpoints) => devices({ endpoints })} />
              <ListInput label="Tags" note="Devices with one of them" value={draft.devices.tags ?? []} disabled={disabled} onChange={(tags) => devices({ tags })} />
              <Field label="Objects" note="Devices that have one of them, by number">
                {(id) => (
                  <input
                    id={id}
                    class="input"
                    disabled={disabled}
                    placeholder="3303"
                    value={(draft.devices.objects ?? []).join(' ')}
                    onChange={(event) => devices({ objects: event.currentTarget.value.split(/[\s,]+/).filter((word) => /^\d+$/.test(word)).map(Number) })}
                  />
                )}
              </Field>
            </div>
            <p class="faint small">A device fits that fits each of the three that says something; with none, every device does.</p>
            <Switch label="One composite observation for all paths" checked={draft.composite ?? false} disabled={disabled} onChange={(composite) => change({ composite })} />
            <h3>Attributes</h3>
            <AttributeFields values={draft.attributes ?? {}} disabled={disabled} onChange={(attributes) => change({ attributes })} />
          </div>
        </section>
        {!isNew && <Status rule={saved} />}
      </div>
    </div>
  );
}

function Status({ rule }: { rule: ObserveRule }) {
  const status = rule.status ?? { devices: 0, observations: 0, failures: [] };
  return (
    <div class="stack">
      <div class="figures">
        <div><div class="name">Devices</div><div class="amount">{count(status.devices)}</div></div>
        <div><div class="name">Observations</div><div class="amount">{count(status.observations)}</div></div>
      </div>
      <section class="panel">
        <header><h2>Failures</h2></header>
        {status.failures.length === 0 && <Empty title="None" />}
        {status.failures.length > 0 && (
          <table class="table cards">
            <tbody>
              {status.failures.map((one) => (
                <tr key={`${one.endpoint}${one.path}`}>
                  <td class="wide endpoint"><a href={devicePath(one.endpoint)}>{one.endpoint}</a><div class="mono small muted">{one.path}</div></td>
                  <td>{one.reason}</td>
                  <td class="num muted"><Age time={one.time} ago /></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </div>
  );
}
