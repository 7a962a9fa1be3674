// SPDX-License-Identifier: Apache-2.0
// The objects of a device, their instances and resources, to be ticked.
import { useState } from 'preact/hooks';
import type { DeviceObject } from '../../api/shapes';
import { Icon } from '../../parts/icon';
import { SearchBox } from '../../parts/search_box';
import { count } from '../../text/format';
import { covers } from '../../text/path';
import type { Models } from './named_paths';
import { rowsOf } from './resource_rows';
import type { Values } from './values';

interface Props {
  objects: readonly DeviceObject[];
  models: Models;
  values: Values;
  ticked: ReadonlySet<string>;
  /** Whether instances as a whole can be ticked. */
  wholes: boolean;
  onTick(path: string, on: boolean): void;
}

export function PathTree(props: Props) {
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set([3])); // Device, which each has
  const toggle = (object: number) => {
    const next = new Set(open);
    if (!next.delete(object)) next.add(object);
    setOpen(next);
  };
  return (
    <div class="path-tree">
      <SearchBox value="" label="Find a resource" onSearch={(text) => setSearch(text.toLowerCase())} />
      <div class="tree" role="group" aria-label="Objects and resources">
        {props.objects.map((object) => (
          <ObjectBranch key={object.object} {...props} object={object} search={search} isOpen={search !== '' || open.has(object.object)} onToggle={() => toggle(object.object)} />
        ))}
      </div>
    </div>
  );
}

interface BranchProps extends Props {
  object: DeviceObject;
  search: string;
  isOpen: boolean;
  onToggle(): void;
}

function ObjectBranch({ object, models, values, ticked, wholes, search, isOpen, onToggle, onTick }: BranchProps) {
  const model = models.get(object.object);
  const name = model?.name ?? object.name ?? 'Not defined';
  const fits = (text: string) => text.toLowerCase().includes(search);
  const instances = object.instances.map((instance) => {
    const path = `/${object.object}/${instance}`;
    const rows = rowsOf(path, model, values).filter(({ resource }) => resource?.operations !== 'E');
    return { path, rows: fits(name) ? rows : rows.filter((row) => fits(`${row.name} ${row.path}`)) };
  });
  if (search && instances.every(({ rows }) => rows.length === 0)) return null;
  const amount = [...ticked].filter((path) => covers(`/${object.object}`, path)).length;
  return (
    <section>
      <button class="branch" aria-expanded={isOpen} onClick={onToggle}>
        <Icon name="chevron" /><span class="cut grow">{name}</span>
        {amount > 0 && <span class="badge accent">{count(amount)}</span>}
        <span class="faint small mono">/{object.object}</span>
      </button>
      {isOpen && instances.map(({ path, rows }) => (
        <ul key={path} aria-label={`${name} ${path}`}>
          {wholes && <Leaf path={path} label={`All of ${path}`} ticked={ticked} onTick={onTick} />}
          {rows.map((row) => <Leaf key={row.path} path={row.path} label={row.name} ticked={ticked} onTick={onTick} />)}
        </ul>
      ))}
    </section>
  );
}

function Leaf({ path, label, ticked, onTick }: { path: string; label: string; ticked: ReadonlySet<string>; onTick(path: string, on: boolean): void }) {
  return (
    <li>
      <label>
        <input type="checkbox" class="check" aria-label={`${label} ${path}`} checked={ticked.has(path)} onChange={(event) => onTick(path, event.currentTarget.checked)} />
        <span class="cut grow">{label}</span>
        <span class="faint small mono">{path}</span>
      </label>
    </li>
  );
}
