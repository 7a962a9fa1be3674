// SPDX-License-Identifier: Apache-2.0
// Composite operations: several resources, also of several objects, in one request.
import { useState } from 'preact/hooks';
import type { Device, Operation, OperationRequest, Scalar } from '../../api/shapes';
import { useAction } from '../../api/remote';
import { useUnsaved } from '../../app/unsaved';
import { Empty } from '../../parts/empty';
import { Segments } from '../../parts/field';
import { Icon } from '../../parts/icon';
import { count } from '../../text/format';
import { byPath } from '../../text/path';
import { fromInput, parseRange, toInput } from '../../text/resource_type';
import { AnswerPanel } from './answer_panel';
import { ChosenPaths } from './chosen_paths';
import { CompositeObservations } from './composite_observations';
import { namedPath, useModels, type NamedPath } from './named_paths';
import { operate, takeAnswer } from './operate';
import { PathTree } from './path_tree';
import { objectsOfValues } from './resource_rows';
import { SendingTo, sendingTo } from './sending_to';
import type { DeviceValues } from './use_values';

type Act = 'read' | 'observe' | 'write';
const acts: { value: Act; label: string }[] = [{ value: 'read', label: 'Read' }, { value: 'observe', label: 'Observe' }, { value: 'write', label: 'Write' }];

export function CompositeTab({ device, values }: { device: Device; values: DeviceValues }) {
  const [act, setAct] = useState<Act>('read');
  const [paths, setPaths] = useState<readonly string[]>([]);
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [answer, setAnswer] = useState<Operation | undefined>();
  const objects = device.objects ?? objectsOfValues([...values.values.keys()]);
  const models = useModels(objects);
  const chosen = [...paths].sort(byPath).map((path) => namedPath(path, models, values.values));
  const used = act === 'write' ? chosen.filter(({ isWritable }) => isWritable) : chosen;
  useUnsaved(act === 'write' && Object.keys(texts).length > 0);

  const tick = (path: string, on: boolean) => {
    setPaths((old) => [...old.filter((one) => one !== path), ...(on ? [path] : [])]);
    if (!on) setTexts(({ [path]: _, ...others }) => others);
  };
  const type = (path: string, text: string) => {
    setTexts({ ...texts, [path]: text });
    setErrors({ ...errors, [path]: '' });
  };
  const send = useAction(async () => {
    const request = act === 'write' ? writing(used, texts, setErrors) : asking(act, used);
    if (!request) return;
    const operation = await operate(device.endpoint, { ...sendingTo(device), ...request });
    if (!operation) return;
    setAnswer(operation);
    takeAnswer(values, request, operation);
    if (act === 'write' && (operation.success || operation.state === 'queued')) setTexts({});
  });
  if (device.version === '1.0') {
    return <div class="panel"><Empty title="This device speaks LwM2M 1.0">Operations on several paths at once came with LwM2M 1.1.</Empty></div>;
  }
  return (
    <>
      <div class="send-bar"><SendingTo device={device} /></div>
      <div class="composite">
        <section class="panel">
          <header><h2>Resources</h2></header>
          <PathTree objects={objects} models={models} values={values.values} ticked={new Set(paths)} wholes={act !== 'write'} onTick={tick} />
        </section>
        <div class="stack">
          <section class="panel">
            <header>
              <Segments<Act> label="What to do" value={act} options={acts} onChange={setAct} />
              <div class="actions">
                {paths.length > 0 && <button class="button plain little" onClick={() => { setPaths([]); setTexts({}); }}>Choose none</button>}
                <button class="button primary" disabled={used.length === 0 || send.busy} onClick={() => send.run()}>
                  <Icon name={act === 'read' ? 'read' : act === 'observe' ? 'eye' : 'pencil'} />
                  {acts.find(({ value }) => value === act)!.label} {count(used.length)} at once
                </button>
              </div>
            </header>
            <ChosenPaths chosen={chosen} fresh={values.fresh} isWriting={act === 'write'} texts={texts} errors={errors} onType={type} onAdd={(path) => tick(path, true)} onRemove={(path) => tick(path, false)} />
          </section>
          {answer && <AnswerPanel operation={answer} models={models} values={values.values} onClose={() => setAnswer(undefined)} />}
          <CompositeObservations device={device} models={models} />
        </div>
      </div>
    </>
  );
}

function asking(act: 'read' | 'observe', chosen: NamedPath[]): OperationRequest {
  return { op: act === 'read' ? 'read-composite' : 'observe-composite', paths: chosen.map(({ path }) => path) };
}

/** undefined if something that was typed is no value; then it is said at its input. */
function writing(chosen: NamedPath[], texts: Readonly<Record<string, string>>, onErrors: (errors: Record<string, string>) => void): OperationRequest | undefined {
  const values: Record<string, Scalar> = {};
  const errors: Record<string, string> = {};
  for (const { path, type, resource, value } of chosen) {
    if (texts[path] === undefined && value === undefined) {
      errors[path] = 'Its value is not known; enter one.';
      continue;
    }
    const read = fromInput(texts[path] ?? toInput(value?.value, type), type, parseRange(resource?.range));
    if ('error' in read) errors[path] = read.error;
    else values[path] = read.value;
  }
  onErrors(errors);
  return Object.keys(errors).length > 0 ? undefined : { op: 'write-composite', values };
}
