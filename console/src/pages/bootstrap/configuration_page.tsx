// SPDX-License-Identifier: Apache-2.0
// A bootstrap configuration: what is in it, what a device would refuse, and the exact requests.
import { call } from '../../api/call';
import type { Configuration, NewConfiguration } from '../../api/shapes';
import { useAction, useRemote } from '../../api/remote';
import { confirm } from '../../app/confirm';
import { navigate } from '../../app/router';
import { allowed } from '../../app/session';
import { attempt, tell } from '../../app/toasts';
import { CodeEditor } from '../../parts/code_editor';
import { AwaitedPage, EditorHead, useDraft } from '../../parts/editor';
import { Field, Segments, Switch } from '../../parts/field';
import { filled, ListInput } from '../../parts/list_input';
import { jsonMistake, lineOfPath } from '../../text/json_lines';
import { PreviewPanel } from './preview_panel';

const template = {
  '/0/1': { '0': 'coap://lwm2m.example:5683', '1': false, '2': 3, '3': '', '4': '', '5': '', '10': 101 },
  '/1/1': { '0': 101, '1': 300, '6': true, '7': 'U' },
};

interface Draft {
  name: string;
  for: string[];
  mode: 'all' | 'needed';
  writes: 'instances' | 'objects';
  format: string;
  pack: boolean;
  delete: string[];
  objects: string;
}

const fresh: Draft = { name: '', for: ['*'], mode: 'all', writes: 'instances', format: '', pack: true, delete: ['/'], objects: textOf(template) };

/** One line for each resource. */
function textOf(objects: unknown): string {
  const instances = Object.entries((objects ?? {}) as Record<string, Record<string, unknown>>).map(([path, resources]) => {
    const lines = Object.entries(resources).map(([id, value]) => `    ${JSON.stringify(id)}: ${JSON.stringify(value)}`);
    return `  ${JSON.stringify(path)}: {\n${lines.join(',\n')}\n  }`;
  });
  return `{\n${instances.join(',\n')}\n}`;
}

function draftOf(one: Configuration): Draft {
  return {
    name: one.name, for: one.for, mode: one.mode ?? 'all', writes: one.writes ?? 'instances', pack: one.pack ?? true,
    format: one.format === undefined ? '' : String(one.format), delete: one.delete ?? [], objects: textOf(one.objects),
  };
}

export function ConfigurationPage({ name }: { name: string }) {
  const isNew = name === 'new';
  const remote = useRemote(
    async (signal) => (isNew ? fresh : draftOf(await call('GET /api/v1/bootstrap/configurations/{name}', { at: { name }, signal }))),
    [name],
  );
  if (!remote.data) return <AwaitedPage title={name} what="the configuration" remote={remote} />;
  return <Editor key={name} saved={remote.data} isNew={isNew} onSaved={remote.reload} />;
}

function Editor({ saved, isNew, onSaved }: { saved: Draft; isNew: boolean; onSaved(): void }) {
  const { value: draft, changed, change, done } = useDraft(saved);
  const mistake = jsonMistake(draft.objects);
  const isStale = isNew || changed;
  const mayEdit = allowed('admin');

  const save = useAction(async () => {
    const { name, objects, format, ...rest } = draft;
    const body = { ...rest, for: filled(draft.for), delete: filled(draft.delete), ...(format ? { format } : {}), objects: JSON.parse(objects) } as NewConfiguration;
    await call('PUT /api/v1/bootstrap/configurations/{name}', { at: { name }, body });
    done();
    tell('The configuration is saved', 'The next device that comes gets it.');
    if (isNew) navigate(`/bootstrap/${encodeURIComponent(name)}`, 'replace');
    else onSaved();
  });
  const remove = async () => {
    if (!(await confirm({ title: `Remove ${draft.name}?`, text: 'Devices it was for get another configuration that fits, or are refused.', action: 'Remove it' }))) return;
    const removed = await attempt(() => call('DELETE /api/v1/bootstrap/configurations/{name}', { at: { name: draft.name } }), 'The configuration is removed');
    if (!removed) return;
    done();
    navigate('/bootstrap');
  };
  const refused = save.problem?.path && lineOfPath(draft.objects, save.problem.path);
  const marks = new Map<number, 'bad'>();
  if (mistake?.line) marks.set(mistake.line, 'bad');
  if (refused) marks.set(refused, 'bad');
  return (
    <div class="page">
      <EditorHead title={isNew ? 'New configuration' : draft.name} mayEdit={mayEdit} save={save} ready={isStale && !mistake && draft.name !== ''} onRemove={isNew ? undefined : remove} />
      <div class="split">
        <section class="panel">
          <div class="body">
            {isNew && (
              <Field label="Name">
                {(id) => <input id={id} class="input" maxLength={100} pattern="[^/]+" value={draft.name} placeholder="meters" onInput={(event) => change({ name: event.currentTarget.value })} />}
              </Field>
            )}
            <ListInput label="For these endpoints" note="Names, and patterns with *; the exact name goes before the longest pattern." value={draft.for} disabled={!mayEdit} placeholder="urn:dev:*" onChange={(value) => change({ for: value })} />
            <Field label="Objects" error={mistake?.message} note="By instance and resource; texts may have {endpoint}. A key reads {&quot;hex&quot;: …}; {&quot;secret&quot;: true} leaves it as it is.">
              {() => <CodeEditor label="Objects" value={draft.objects} marks={marks} readOnly={!mayEdit} onChange={(objects) => change({ objects })} />}
            </Field>
            <div class="row wrap">
              <Segments<Draft['mode']> label="Mode" value={draft.mode} onChange={(mode) => change({ mode })} options={[{ value: 'all', label: 'Write everything' }, { value: 'needed', label: 'Only what differs' }]} />
              {draft.mode === 'all' && <Segments<Draft['writes']> label="Writes" value={draft.writes} onChange={(writes) => change({ writes })} options={[{ value: 'instances', label: 'By instance' }, { value: 'objects', label: 'By object' }]} />}
            </div>
            <div class="fields">
              <ListInput label="Deletes first" note="/, objects or instances" value={draft.delete} disabled={!mayEdit} placeholder="/" onChange={(value) => change({ delete: value })} />
              <Field label="Format" note="For devices that do not say what they prefer.">
                {(id) => (
                  <select id={id} class="select" value={draft.format} disabled={!mayEdit} onChange={(event) => change({ format: event.currentTarget.value })}>
                    <option value="">tlv</option>
                    {['senml-json', 'senml-cbor', 'lwm2m-cbor', 'json'].map((one) => <option key={one}>{one}</option>)}
                  </select>
                )}
              </Field>
            </div>
            <Switch label="May be fetched as a Bootstrap-Pack" checked={draft.pack} disabled={!mayEdit} onChange={(pack) => change({ pack })} />
          </div>
        </section>
        <PreviewPanel name={draft.name} patterns={filled(draft.for)} ready={!isStale} />
      </div>
    </div>
  );
}
