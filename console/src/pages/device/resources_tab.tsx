// SPDX-License-Identifier: Apache-2.0
// Objects, their instances and resources; what is chosen is inspected beside them.
import { useEffect, useState } from 'preact/hooks';
import type { Device, DeviceObject, Model, OperationRequest } from '../../api/shapes';
import { loadModel, loadObjectNames } from '../../api/models';
import { query, setQuery } from '../../app/router';
import { mayOperate } from '../../app/session';
import { mayLeave } from '../../app/unsaved';
import { Empty } from '../../parts/empty';
import { ProblemNote } from '../../parts/problem_note';
import { Inspector } from './inspector';
import { InstancePanel } from './instance_panel';
import { ObjectActions } from './object_actions';
import { operate, takeAnswer } from './operate';
import { objectsOfValues } from './resource_rows';
import { SendingTo, sendingTo } from './sending_to';
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

  const run: Run = async (request) => {
    const operation = await operate(device.endpoint, { ...sendingTo(device), ...request });
    if (!operation?.success) return operation !== undefined && operation.state === 'queued';
    takeAnswer(values, request, operation);
    return true;
  };
  // A value that was typed and not written goes with its resource.
  const inspect = async (words: { object?: string; path: string | undefined }) => {
    if (words.path === chosen || (await mayLeave())) setQuery(words);
  };
  if (!object) {
    return <div class="panel"><Empty title="Nothing is known of its objects">A device names its objects when it registers.</Empty></div>;
  }
  return (
    <>
      <ProblemNote problem={values.remote.problem} retry={values.remote.reload} />
      {mayOperate.value && <div class="send-bar"><SendingTo device={device} /></div>}
      <div class="resources">
        <div class="objects" role="group" aria-label="Objects">
          {objects.map((one) => (
            <button key={one.object} aria-pressed={one === object} onClick={() => inspect({ object: String(one.object), path: undefined })}>
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
              onChoose={(path) => inspect({ object: String(object.object), path })}
              run={run}
            />
          ))}
          {object.instances.length === 0 && <div class="panel"><Empty title="It has no instance" /></div>}
          {mayOperate.value && <ObjectActions device={device} object={object} model={model} run={run} />}
        </div>
        {chosen && <Inspector key={chosen} device={device} path={chosen} model={model} values={values} run={run} onClose={() => inspect({ path: undefined })} />}
        {!chosen && <Hint />}
      </div>
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
