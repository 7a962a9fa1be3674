// SPDX-License-Identifier: Apache-2.0
// An instance of an object: its resources, one a row.
import { useState } from 'preact/hooks';
import type { Device, DeviceObject, Model } from '../../api/shapes';
import { confirm } from '../../app/confirm';
import { mayOperate } from '../../app/session';
import { Icon } from '../../parts/icon';
import { Menu } from '../../parts/menu';
import { Age } from '../../parts/now';
import { scalar } from '../../text/format';
import { rowsOf, type ResourceRow } from './resource_rows';
import { AttributesDialog } from './attributes_dialog';
import { DiscoverDialog } from './discover_dialog';
import type { Run } from './resources_tab';
import { unitOf } from './values';
import type { DeviceValues } from './use_values';

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
              <button class="button little plain" onClick={() => run(observed.has(path) ? { op: 'cancel', path } : { op: 'observe', path })}>
                {observed.has(path) ? 'Stop observing' : 'Observe'}
              </button>
              <Menu little label={`More for ${path}`} items={[
                { label: 'Discover', act: () => setAsking('discover') },
                { label: 'Write attributes', act: () => setAsking('attributes') },
                ...(model?.multiple ?? true ? [{ label: 'Delete this instance', danger: true, act: () => void remove() }] : []),
              ]} />
            </>
          )}
        </div>
      </header>
      <table class="values">
        <colgroup><col class="id" /><col /><col class="value" /><col class="age" /></colgroup>
        <tbody>
          {shown.map((row) => (
            <Row key={row.path} row={row} unit={unitOf(row.path, row.value, row.resource, values.values)} chosen={row.path === chosen} observed={observed.has(row.path)} fresh={values.fresh.has(row.path)} onChoose={() => onChoose(row.path)} />
          ))}
        </tbody>
      </table>
      {shown.length === 0 && <div class="note">No value is known yet: read it.</div>}
      {rows.length > shown.length && (
        <div class="note"><button class="button plain little" onClick={() => setAll(true)}>{rows.length - shown.length} more are defined</button></div>
      )}
      {asking === 'discover' && <DiscoverDialog device={device} path={path} onClose={() => setAsking(undefined)} />}
      {asking === 'attributes' && <AttributesDialog device={device} path={path} run={run} onClose={() => setAsking(undefined)} />}
    </section>
  );
}

function Row({ row, unit, chosen, observed, fresh, onChoose }: { row: ResourceRow; unit: string; chosen: boolean; observed: boolean; fresh: boolean; onChoose(): void }) {
  const { resource, value } = row;
  const runs = resource?.operations === 'E';
  const text = scalar(value?.value, value?.type ?? resource?.type);
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
