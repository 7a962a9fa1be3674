// SPDX-License-Identifier: Apache-2.0
// Which rows an instance has, and which objects a device.
import type { DeviceObject, LastValue, Model, ModelResource } from '../../api/shapes';
import type { Values } from './values';

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

/** The objects that values were kept of, for a device that is absent. */
export function objectsOfValues(paths: string[]): DeviceObject[] {
  const objects = new Map<number, Set<number>>();
  for (const path of paths) {
    const [object, instance] = path.split('/').slice(1).map(Number);
    if (object === undefined || instance === undefined) continue;
    objects.set(object, (objects.get(object) ?? new Set()).add(instance));
  }
  return [...objects].sort(([a], [b]) => a - b).map(([object, instances]) => ({ object, version: '', instances: [...instances].sort((a, b) => a - b) }));
}
