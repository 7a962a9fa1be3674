// SPDX-License-Identifier: Apache-2.0
// A new instance of an object, with the values it begins with.
import { useState } from 'preact/hooks';
import type { Device, DeviceObject, Model, Scalar } from '../../api/shapes';
import { useAction } from '../../api/remote';
import { Field } from '../../parts/field';
import { FormDialog } from '../../parts/form_dialog';
import { ValueInput } from '../../parts/value_input';
import { unit } from '../../text/format';
import { fromInput, parseRange, toInput } from '../../text/resource_type';
import type { Run } from './resources_tab';
import { SendingTo } from './sending_to';

interface Props {
  device: Device;
  object: DeviceObject;
  model: Model | undefined;
  run: Run;
  onClose(): void;
}

export function CreateDialog({ device, object, model, run, onClose }: Props) {
  const [instance, setInstance] = useState('');
  const [texts, setTexts] = useState<Record<number, string>>({});
  const [errors, setErrors] = useState<Record<number, string>>({});
  const resources = (model?.resources ?? []).filter(({ operations, multiple }) => operations.includes('W') && !multiple);

  const create = useAction(async () => {
    const values: Record<string, Scalar> = {};
    const wrong: Record<number, string> = {};
    for (const { resource, type, range } of resources) {
      const text = texts[resource];
      if (text === undefined) continue;
      const read = fromInput(text, type, parseRange(range));
      if ('error' in read) wrong[resource] = read.error;
      else values[String(resource)] = read.value;
    }
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    const path = instance === '' ? `/${object.object}` : `/${object.object}/${instance}`;
    if (await run({ op: 'create', path, values })) onClose();
  });
  return (
    <FormDialog title={`New instance of ${object.name ?? `object ${object.object}`}`} act={create} action="Create" changed={instance !== '' || Object.keys(texts).length > 0} onClose={onClose}>
      <Field label="Instance" note="Left empty, the device chooses the number.">
        {(id) => <input id={id} class="input" data-first type="number" min={0} max={65534} value={instance} onInput={(event) => setInstance(event.currentTarget.value)} />}
      </Field>
      {resources.map(({ resource, name, type, range, unit: unitName, mandatory }) => (
        <div key={resource} class="row">
          <input
            type="checkbox"
            class="check"
            aria-label={`With ${name}`}
            checked={texts[resource] !== undefined}
            onChange={(event) => {
              const { [resource]: _, ...others } = texts;
              setTexts(event.currentTarget.checked ? { ...others, [resource]: toInput(undefined, type) } : others);
            }}
          />
          <div class="grow">
            {texts[resource] === undefined ? (
              <span class="muted">{name} <span class="faint small">{resource}{mandatory && ', mandatory'}</span></span>
            ) : (
              <ValueInput label={name} type={type} range={parseRange(range)} unit={unit(unitName)} value={texts[resource]!} error={errors[resource]} onChange={(text) => setTexts({ ...texts, [resource]: text })} />
            )}
          </div>
        </div>
      ))}
      <SendingTo device={device} />
    </FormDialog>
  );
}
