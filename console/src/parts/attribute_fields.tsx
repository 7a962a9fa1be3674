// SPDX-License-Identifier: Apache-2.0
// When a device notifies: the attributes of an object, an instance or a resource.
import { useState } from 'preact/hooks';
import { Field } from './field';

export const attributeNotes = {
  pmin: 'Seconds at least between two notifications',
  pmax: 'Seconds at most between two notifications',
  gt: 'When the value crosses this',
  lt: 'When the value crosses this downwards',
  st: 'When it changed by so much',
  epmin: 'Seconds at least between two measurements',
  epmax: 'Seconds at most between two measurements',
  edge: '1: when false becomes true, 0: the other way',
  con: '1: notifications are confirmed',
  hqmax: 'How many notifications it keeps while offline',
} as const;

type Name = keyof typeof attributeNotes;
/** null: to be removed. */
export type Attributes = Partial<Record<Name, number | null>>;

interface Props<T> {
  values: T;
  /** Those that there are no fields for. */
  without?: readonly Name[];
  /** With a box for each that removes it. */
  removable?: boolean;
  disabled?: boolean;
  onChange(values: T): void;
}

export function AttributeFields<T extends Attributes>({ values, without = [], removable = false, disabled = false, onChange }: Props<T>) {
  const change = (name: Name, value: number | null | undefined) => {
    const { [name]: _, ...others } = values;
    onChange((value === undefined ? others : { ...others, [name]: value }) as T);
  };
  const names = (Object.keys(attributeNotes) as Name[]).filter((name) => !without.includes(name));
  return (
    <div class="fields">
      {names.map((name) => (
        <Field
          key={name}
          label={name}
          note={attributeNotes[name]}
          aside={removable && (
            <label class="row small">
              <input type="checkbox" class="check" aria-label={`Remove ${name}`} checked={values[name] === null} onChange={(event) => change(name, event.currentTarget.checked ? null : undefined)} />
              remove
            </label>
          )}
        >
          {(id) => <NumberInput id={id} value={values[name] ?? undefined} disabled={disabled || values[name] === null} onChange={(value) => change(name, value)} />}
        </Field>
      ))}
    </div>
  );
}

/** Leaves what is typed as it is, such as the "0." on the way to 0.5. */
function NumberInput({ id, value, disabled, onChange }: { id: string; value: number | undefined; disabled: boolean; onChange(value: number | undefined): void }) {
  const [typed, setTyped] = useState('');
  const read = (text: string) => (text === '' ? undefined : Number(text));
  const type = (text: string) => {
    setTyped(text);
    onChange(read(text));
  };
  return <input id={id} class="input" type="number" step="any" disabled={disabled} value={read(typed) === value ? typed : (value ?? '')} onInput={(event) => type(event.currentTarget.value)} />;
}
