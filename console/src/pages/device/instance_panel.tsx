// SPDX-License-Identifier: Apache-2.0
// An instance of an object: its resources, one a row.
import { useState } from 'preact/hooks';
import type { Device, DeviceObject, LastValue, Model, ModelResource } from '../../api/contract';
import { confirm } from '../../app/confirm';
import { mayOperate } from '../../app/session';
import { Icon } from '../../parts/icon';
import { Age } from '../../parts/now';
import { scalar, unit as unitText } from '../../text/format';
import { AttributesDialog } from './attributes_dialog';
import { DiscoverDialog } from './discover_dialog';
import type { Run } from './resources_tab';
import type { DeviceValues, Values } from './use_values';

export interface ResourceRow {
  path: string;
  id: string;
  name: string;
  resource?: ModelResource;
  value?: LastValue;
}

/** What is defined and what there are values of, by id. */
export function rowsOf(prefix: string, model: Model | undefined, values: Values): ResourceRow[] {
  const rows: ResourceRow[] = [];
  const seen = new Set<string>();
  for (const resource of model?.resources ?? []) {
    const path = `${prefix}/${resource.resource}`;
    const parts = [...values.keys()].filter((one) => one.startsWith(`${path}/`)).sort(byNumbers);
    for (const part of parts) {
      const id = part.slice(prefix.length + 1);
      rows.push({ path: part, id, name: `${resource.name} [${id.split('/')[1]}]`, resource, value: values.get(part) });
      seen.add(part);
    }
    if (parts.length === 0) rows.push({ path, id: String(resource.resource), name: resource.name, resource, value: values.get(path) });
    seen.add(path);
  }
  const others = [...values.keys()].filter((path) => path.startsWith(`${prefix}/`) && !seen.has(path));
  for (const path of others.sort(byNumbers)) {
    const value = values.get(path)!;
    rows.push({ path, id: path.slice(prefix.length + 1), name: value.name ?? 'Not defined', value });
  }
  return rows;
}

function byNumbers(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

interface Props {
  device: Device;
  object: DeviceObject;
  instance: number;
  model: Model | undefined;
  values: DeviceValues;
  chosen?: string;
  onChoose(path: string): void;
  run: Run;
}

export function InstancePanel({ device, object, instance, model, values, chosen, onChoose, run }: Props) {
  const [all, setAll] = useState(false);
  const [asking, setAsking] = useState<'discover' | 'attributes' | undefined>();
  const path = `/${object.object}/${instance}`;
  const rows = rowsOf(path, model, values.values);
  const shown = all ? rows : rows.filter(({ value, resource, path: one }) => value || !resource || resource.mandatory || one === chosen);
  const observed = new Set(device.observations?.flatMap(({ paths }) => paths));

  const remove = async () => {
    const yes = await confirm({ title: `Delete ${path}?`, text: `The device deletes this instance of ${object.name ?? `object ${object.object}`}.`, action: 'Delete it' });
    if (yes) await run({ op: 'delete', path });
  };
  return (
    <section class="panel instance">
      <header>
        <h2>{object.name ?? `Object ${object.object}`}</h2>
        <span class="faint small mono">{path}</span>
        <div class="actions">
          <button class="button little" onClick={() => run({ op: 'read', path })} disabled={!mayOperate.value}><Icon name="read" />Read</button>
          {mayOperate.value && (
            <>
              <button class="button little plain" onClick={() => setAsking('discover')}>Discover</button>
              <button class="button little plain" onClick={() => run(observed.has(path) ? { op: 'cancel', path } : { op: 'observe', path })}>
                {observed.has(path) ? 'Stop observing' : 'Observe'}
              </button>
              <button class="button little plain" onClick={() => setAsking('attributes')}>Attributes</button>
              {(model?.multiple ?? true) && <button class="button little plain square" onClick={remove} title="Delete this instance" aria-label={`Delete ${path}`}><Icon name="trash" /></button>}
            </>
          )}
        </div>
      </header>
      <table class="values">
        <colgroup><col class="id" /><col /><col class="value" /><col class="age" /></colgroup>
        <tbody>
          {shown.map((row) => (
            <Row key={row.path} row={row} chosen={row.path === chosen} observed={observed.has(row.path)} fresh={values.fresh.has(row.path)} onChoose={() => onChoose(row.path)} />
          ))}
        </tbody>
      </table>
      {shown.length === 0 && <div class="note">No value is known yet: read it.</div>}
      {rows.length > shown.length && (
        <div class="note"><button class="button plain little" onClick={() => setAll(true)}>{rows.length - shown.length} more are defined</button></div>
      )}
      {asking === 'discover' && <DiscoverDialog endpoint={device.endpoint} state={device.state} path={path} onClose={() => setAsking(undefined)} />}
      {asking === 'attributes' && <AttributesDialog path={path} run={run} onClose={() => setAsking(undefined)} />}
    </section>
  );
}

function Row({ row, chosen, observed, fresh, onChoose }: { row: ResourceRow; chosen: boolean; observed: boolean; fresh: boolean; onChoose(): void }) {
  const { resource, value } = row;
  const runs = resource?.operations === 'E';
  const text = scalar(value?.value, value?.type ?? resource?.type);
  const unit = unitText(value?.unit ?? resource?.unit);
  return (
    <tr class={`${chosen ? 'chosen' : ''}${fresh ? ' fresh' : ''}`} onClick={onChoose}>
      <td>{row.id}</td>
      <td><button class="name" title={row.name} aria-current={chosen || undefined}>{row.name}</button></td>
      <td class="value" title={typeof value?.value === 'string' ? value.value : undefined}>
        {value ? <><span>{text}</span>{unit && <span class="unit">{unit}</span>}</> : <span class="none">{runs ? '' : '–'}</span>}
        <span class="marks">
          {runs && <Icon name="play" />}
          {observed && <span title="Observed"><Icon name="eye" /></span>}
        </span>
      </td>
      <td>{value ? <Age time={value.sent ?? value.received} /> : ''}</td>
    </tr>
  );
}
