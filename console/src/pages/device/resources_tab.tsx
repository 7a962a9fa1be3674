// SPDX-License-Identifier: Apache-2.0
// Objects, their instances and resources; what is chosen is inspected beside them.
import { useEffect, useState } from 'preact/hooks';
import type { Device, DeviceObject, Model, OperationRequest, PathValue } from '../../api/shapes';
import { loadModel, loadObjectNames } from '../../api/models';
import { query, setQuery } from '../../app/router';
import { mayOperate } from '../../app/session';
import { Empty } from '../../parts/empty';
import { Icon } from '../../parts/icon';
import { ProblemNote } from '../../parts/problem_note';
import { CreateDialog } from './create_dialog';
import { Inspector } from './inspector';
import { InstancePanel } from './instance_panel';
import { modeFor, operate } from './operate';
import { objectsOfValues } from './resource_rows';
import type { DeviceValues } from './use_values';

/** Sends an operation in the mode of the day, and takes over the values it brings. */
export type Run = (request: OperationRequest) => Promise<boolean>;

export function ResourcesTab({ device, values }: { device: Device; values: DeviceValues }) {
  const names = useObjectNames(device.objects === undefined);
  const objects = device.objects ?? objectsOfValues([...values.values.keys()]).map((one) => ({ ...one, name: names.get(one.object) }));
  const wanted = Number(query.value.get('object') ?? NaN);
  const object = objects.find((one) => one.object === wanted) ?? objects.find((one) => one.object === 3) ?? objects[0];
  const chosen = query.value.get('path') ?? undefined;
  const model = useModel(object);
  const [creating, setCreating] = useState(false);

  const run: Run = async (request) => {
    const operation = await operate(device.endpoint, { mode: modeFor(device.state), ...request });
    if (!operation?.success) return operation !== undefined && operation.state === 'queued';
    if (operation.values) values.take(operation.values, request.op === 'observe' ? 'observe' : 'read', operation.finished ?? operation.time);
    else if (request.op === 'write' || request.op === 'update') values.take(writtenBy(request), 'write', operation.finished ?? operation.time);
    return true;
  };
  if (!object) {
    return <div class="panel"><Empty title="Nothing is known of its objects">A device names its objects when it registers.</Empty></div>;
  }
  return (
    <>
      <ProblemNote problem={values.remote.problem} retry={values.remote.reload} />
      <div class="resources">
        <div class="objects" role="group" aria-label="Objects">
          {objects.map((one) => (
            <button key={one.object} aria-pressed={one === object} onClick={() => setQuery({ object: String(one.object), path: undefined })}>
              <span class="id">{one.object}</span>
              <span class="cut">{one.name ?? 'Not defined'}</span>
            </button>
          ))}
        </div>
        <div class="stack">
          {object.instances.map((instance) => (
            <InstancePanel
              key={`${object.object}/${instance}`}
              device={device}
              object={object}
              instance={instance}
              model={model}
              values={values}
              chosen={chosen}
              onChoose={(path) => setQuery({ object: String(object.object), path })}
              run={run}
            />
          ))}
          {object.instances.length === 0 && <div class="panel"><Empty title="It has no instance" /></div>}
          {mayOperate.value && (model?.multiple ?? true) && (
            <div><button class="button" onClick={() => setCreating(true)}><Icon name="plus" />New instance</button></div>
          )}
        </div>
        {chosen && <Inspector key={chosen} device={device} path={chosen} model={model} values={values} run={run} onClose={() => setQuery({ path: undefined })} />}
        {!chosen && <Hint />}
      </div>
      {creating && <CreateDialog object={object} model={model} run={run} onClose={() => setCreating(false)} />}
    </>
  );
}

function Hint() {
  return (
    <aside class="hint faint small">
      Choose a resource to see its history and to read, write, execute or observe it.
    </aside>
  );
}

/** A device that is absent does not say what its objects are called. */
function useObjectNames(wanted: boolean): ReadonlyMap<number, string> {
  const [names, setNames] = useState<ReadonlyMap<number, string>>(new Map());
  useEffect(() => {
    if (wanted) loadObjectNames().then(setNames, () => {});
  }, [wanted]);
  return names;
}

function useModel(object: DeviceObject | undefined): Model | undefined {
  const [model, setModel] = useState<Model | undefined>();
  const key = object && `${object.object}/${object.version}`;
  useEffect(() => {
    let current = true;
    setModel(undefined);
    if (object) {
      loadModel(object.object, object.version).then(
        (found) => current && setModel(found),
        () => {}, // shown by number then, like an object nobody defined
      );
    }
    return () => {
      current = false;
    };
  }, [key]);
  return model;
}

function writtenBy({ path, value, values, type }: OperationRequest): PathValue[] {
  if (value !== undefined && path) return [{ path, value, type: type as PathValue['type'] }];
  if (!values || Array.isArray(values) || !path) return [];
  return Object.entries(values).map(([below, one]) => ({ path: `${path}/${below}`, value: one }));
}
