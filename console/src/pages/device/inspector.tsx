// SPDX-License-Identifier: Apache-2.0
// One resource: its value, its history, and what can be done with it.
import { useEffect, useState } from 'preact/hooks';
import type { Device, LastValue, Model, ModelResource } from '../../api/shapes';
import { mayOperate } from '../../app/session';
import { useUnsaved } from '../../app/unsaved';
import { Field } from '../../parts/field';
import { Icon } from '../../parts/icon';
import { Menu } from '../../parts/menu';
import { Age } from '../../parts/now';
import { ValueInput } from '../../parts/value_input';
import { dateTime, scalar, unit as unitText } from '../../text/format';
import { fromInput, parseRange, toInput } from '../../text/resource_type';
import { AttributesDialog } from './attributes_dialog';
import { DiscoverDialog } from './discover_dialog';
import { HistoryPlot } from './history_plot';
import type { Run } from './resources_tab';
import { SendingTo } from './sending_to';
import type { DeviceValues } from './use_values';
import { unitOf } from './values';

interface Props {
  device: Device;
  path: string;
  model: Model | undefined;
  values: DeviceValues;
  run: Run;
  onClose(): void;
}

const sources = { read: 'read', observe: 'observed', send: 'sent by the device', write: 'written' };

export function Inspector({ device, path, model, values, run, onClose }: Props) {
  const value = values.values.get(path);
  const id = Number(path.split('/')[3]);
  const resource = model?.resources.find((one) => one.resource === id);
  const type = value?.type ?? resource?.type ?? 'string';
  const unit = unitOf(path, value, resource, values.values);
  const name = resource?.name ?? value?.name ?? 'Not defined';
  const observed = device.observations?.find(({ paths, composite }) => !composite && paths[0] === path);
  const [asking, setAsking] = useState<'attributes' | 'discover' | undefined>();
  // Of a resource with instances, each is written by itself.
  const isWhole = resource?.multiple && path.split('/').length === 4;
  const can = (operation: string) => !resource || resource.operations.includes(operation);

  useEffect(() => {
    const close = (event: KeyboardEvent) => event.key === 'Escape' && !document.querySelector('dialog[open]') && onClose();
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, []);
  return (
    <aside class="panel inspector" aria-label={name}>
      <header>
        <div class="grow">
          <h2>{name}</h2>
          <span class="faint small mono">{path}</span>
        </div>
        <button class="button plain square little" onClick={onClose} aria-label="Close"><Icon name="cross" /></button>
      </header>
      {resource?.operations !== 'E' && (
        <section>
          <Reading value={value} type={type} unit={unit} />
          {mayOperate.value && (
            <div class="row wrap">
              {can('R') && <button class="button" onClick={() => run({ op: 'read', path })}><Icon name="read" />Read</button>}
              {can('R') && (observed
                ? <button class="button" onClick={() => run({ op: 'cancel', observation: observed.observation })}><Icon name="eye" />Stop observing</button>
                : <button class="button" onClick={() => run({ op: 'observe', path })}><Icon name="eye" />Observe</button>)}
              <Menu label={`More for ${path}`} items={[
                { label: 'Write attributes', act: () => setAsking('attributes') },
                { label: 'Discover', act: () => setAsking('discover') },
              ]} />
            </div>
          )}
          {observed && <span class="faint small">Observed: {observed.notifications} notifications{observed.keep && ', again after each registration'}</span>}
        </section>
      )}
      {mayOperate.value && can('W') && resource?.operations !== 'E' && !isWhole && <WriteForm path={path} type={type} value={value} resource={resource} run={run} />}
      {mayOperate.value && resource?.operations.includes('E') && <ExecuteForm path={path} run={run} />}
      {mayOperate.value && <section class="sheet-only"><SendingTo device={device} /></section>}
      {isPlotted(type, value) && can('R') && <HistoryPlot endpoint={device.endpoint} path={path} type={type} unit={unit} latest={value} />}
      {resource && <Definition resource={resource} />}
      {asking === 'attributes' && <AttributesDialog device={device} path={path} run={run} onClose={() => setAsking(undefined)} />}
      {asking === 'discover' && <DiscoverDialog device={device} path={path} onClose={() => setAsking(undefined)} />}
    </aside>
  );
}

function isPlotted(type: string, value: LastValue | undefined): boolean {
  return ['integer', 'unsigned', 'float', 'boolean'].includes(type) || typeof value?.value === 'number';
}

function Reading({ value, type, unit }: { value: LastValue | undefined; type: string; unit: string }) {
  if (!value) return <span class="faint">No value is known yet.</span>;
  const text = type === 'opaque' ? toInput(value.value, type) : scalar(value.value, type);
  return (
    <div>
      <div class={text.length > 26 ? 'reading long' : 'reading'} data-reading>{text}<span class="unit">{unit}</span></div>
      <div class="faint small">
        {sources[value.source]} <Age time={value.sent ?? value.received} ago />
        {value.sent !== undefined && value.received - value.sent > 2 && <>, received {dateTime(value.received)}</>}
      </div>
    </div>
  );
}

function WriteForm({ path, type, value, resource, run }: { path: string; type: string; value?: LastValue; resource?: ModelResource; run: Run }) {
  const range = parseRange(resource?.range);
  const [text, setText] = useState<string | undefined>();
  const [error, setError] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const shown = text ?? toInput(value?.value, type);
  useUnsaved(text !== undefined);
  const write = async () => {
    const read = fromInput(shown, type, range);
    if ('error' in read) return setError(read.error);
    setError(undefined);
    setBusy(true);
    if (await run({ op: 'write', path, value: read.value, type })) setText(undefined);
    setBusy(false);
  };
  return (
    <section>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void write();
        }}
      >
        <ValueInput label="New value" type={type} range={range} unit={unitText(resource?.unit)} value={shown} error={error} onChange={(next) => { setText(next); setError(undefined); }} />
        <div class="row">
          <button class="button primary" disabled={busy}>Write</button>
          {text !== undefined && <button class="button plain" type="button" onClick={() => { setText(undefined); setError(undefined); }}>Leave it</button>}
        </div>
      </form>
    </section>
  );
}

function ExecuteForm({ path, run }: { path: string; run: Run }) {
  const [words, setWords] = useState('');
  const [busy, setBusy] = useState(false);
  return (
    <section>
      <form
        class="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          setBusy(true);
          await run({ op: 'execute', path, arguments: words || undefined });
          setBusy(false);
        }}
      >
        <Field label="Arguments" note="As the device takes them, such as 0='now',2; mostly none.">
          {(id) => <input id={id} class="input mono" value={words} spellcheck={false} autocomplete="off" onInput={(event) => setWords(event.currentTarget.value)} />}
        </Field>
        <div><button class="button primary" disabled={busy}><Icon name="play" />Execute</button></div>
      </form>
    </section>
  );
}

function Definition({ resource }: { resource: ModelResource }) {
  const operations = { R: 'read', W: 'write', RW: 'read, write', E: 'execute' }[resource.operations] ?? 'none';
  return (
    <section>
      <dl class="facts">
        {resource.operations !== 'E' && <><dt>Type</dt><dd>{resource.type}{resource.multiple && ', several'}</dd></>}
        <dt>Operations</dt><dd>{operations}</dd>
        {resource.range && <><dt>Range</dt><dd>{resource.range}</dd></>}
        {resource.unit && <><dt>Unit</dt><dd>{resource.unit}</dd></>}
        <dt>Mandatory</dt><dd>{resource.mandatory ? 'yes' : 'no'}</dd>
      </dl>
      {resource.description && <p class="small muted description">{resource.description}</p>}
    </section>
  );
}
