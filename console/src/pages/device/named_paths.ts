// SPDX-License-Identifier: Apache-2.0
// What the paths of a device are called, by the definitions of its objects.
import { useEffect, useState } from 'preact/hooks';
import { loadModel } from '../../api/models';
import type { DeviceObject, LastValue, Model, ModelResource } from '../../api/shapes';
import { unitOf, type Values } from './values';

export type Models = ReadonlyMap<number, Model>;

export interface NamedPath {
  path: string;
  name: string;
  resource?: ModelResource;
  value?: LastValue;
  unit: string;
  type: string;
  /** It is one value, and the definition, if there is one, lets it be written. */
  isWritable: boolean;
}

export function namedPath(path: string, models: Models, values: Values): NamedPath {
  const ids = path.split('/').slice(1).map(Number);
  const model = models.get(ids[0]!);
  const resource = ids.length > 2 ? model?.resources.find((one) => one.resource === ids[2]) : undefined;
  const value = values.get(path);
  const whole = model?.name ?? `Object ${ids[0]}`;
  const name = ids.length < 3 ? whole : (resource?.name ?? value?.name ?? 'Not defined');
  return {
    path,
    name: ids.length === 4 ? `${name} [${ids[3]}]` : name,
    resource,
    value,
    unit: ids.length < 3 ? '' : unitOf(path, value, resource, values),
    type: value?.type ?? resource?.type ?? 'string',
    isWritable: ids.length === 4 || (ids.length === 3 && !resource?.multiple) ? !resource || resource.operations.includes('W') : false,
  };
}

/** The definitions of these objects, as they come; those that nobody defined are left out. */
export function useModels(objects: readonly DeviceObject[]): Models {
  const [models, setModels] = useState<Models>(new Map());
  const key = objects.map(({ object, version }) => `${object}/${version}`).join();
  useEffect(() => {
    let current = true;
    void Promise.all(objects.map(({ object, version }) => loadModel(object, version).catch(() => undefined))).then((found) => {
      if (current) setModels(new Map(found.flatMap((model) => (model ? [[model.object, model] as const] : []))));
    });
    return () => {
      current = false;
    };
  }, [key]);
  return models;
}
