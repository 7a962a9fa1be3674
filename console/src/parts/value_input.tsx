// SPDX-License-Identifier: Apache-2.0
import { useRef } from 'preact/hooks';
import { hexOf } from '../text/bytes';
import { inputKind, toInput, type Range } from '../text/resource_type';
import { Field, Switch } from './field';

interface Props {
  label: string;
  type: string;
  range: Range;
  unit?: string;
  /** The text, as resource_type.ts reads it. */
  value: string;
  error?: string;
  disabled?: boolean;
  onChange(text: string): void;
}

/** The input that fits a resource's type. */
export function ValueInput(props: Props) {
  const { label, type, range, unit, value, error, disabled, onChange } = props;
  const kind = inputKind(type, range);
  if (kind === 'switch') {
    return (
      <div class="field">
        <Switch name={label} label={value === 'true' ? 'true' : 'false'} checked={value === 'true'} disabled={disabled} onChange={(on) => onChange(String(on))} />
        {error && <div class="error" role="alert">{error}</div>}
      </div>
    );
  }
  const shared = { disabled, 'aria-invalid': error ? true : undefined, value, class: 'input' } as const;
  const limits = range.low !== undefined ? `${range.low} to ${range.high}` : undefined;
  return (
    <Field label={label} error={error} note={[limits, unit].filter(Boolean).join(', ') || undefined} aside={kind === 'bytes' ? <FileButton onChange={onChange} /> : undefined}>
      {(id) => {
        const input = { ...shared, id, onInput: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value) };
        switch (kind) {
          case 'number':
            return (
              <div class="row">
                <input {...input} type="number" step={type === 'float' ? 'any' : 1} min={range.low} max={range.high} inputMode={type === 'float' ? 'decimal' : 'numeric'} />
                {range.low !== undefined && range.high !== undefined && range.high - range.low <= 1000 && (
                  <input type="range" class="grow" min={range.low} max={range.high} step={type === 'float' ? 'any' : 1} value={value} aria-label={`${label}, slider`} disabled={disabled} onInput={(event) => onChange(event.currentTarget.value)} />
                )}
              </div>
            );
          case 'choice':
            return (
              <select {...input} class="select">
                {!range.choices!.includes(value) && <option value={value}>{value || '–'}</option>}
                {range.choices!.map((choice) => <option key={choice}>{choice}</option>)}
              </select>
            );
          case 'time':
            return (
              <div class="row">
                <input {...input} type="datetime-local" step={1} />
                <button class="button" type="button" disabled={disabled} onClick={() => onChange(toInput(Math.floor(Date.now() / 1000), 'time'))}>Now</button>
              </div>
            );
          case 'bytes':
            return <textarea {...input} class="area mono" rows={3} spellcheck={false} placeholder="hex, 00ff…" />;
          case 'link':
            return <LinkInput {...props} id={id} />;
          default:
            return <input {...input} type="text" spellcheck={false} />;
        }
      }}
    </Field>
  );
}

function LinkInput({ id, value, disabled, onChange }: Props & { id: string }) {
  const [object = '', instance = ''] = value.split(':');
  return (
    <div class="row">
      <input id={id} class="input" type="number" min={0} max={65535} placeholder="object" aria-label="Object" value={object} disabled={disabled} onInput={(event) => onChange(`${event.currentTarget.value}:${instance}`)} />
      <span class="faint">/</span>
      <input class="input" type="number" min={0} max={65535} placeholder="instance" aria-label="Instance" value={instance} disabled={disabled} onInput={(event) => onChange(`${object}:${event.currentTarget.value}`)} />
    </div>
  );
}

/** Takes the bytes from a file. */
function FileButton({ onChange }: { onChange(text: string): void }) {
  const input = useRef<HTMLInputElement>(null);
  const take = async () => {
    const file = input.current?.files?.[0];
    if (file) onChange(hexOf(new Uint8Array(await file.arrayBuffer())));
  };
  return (
    <>
      <button class="button little plain" type="button" onClick={() => input.current!.click()}>From a file</button>
      <input ref={input} type="file" class="unseen" tabIndex={-1} aria-label="File with the bytes" onChange={take} />
    </>
  );
}
