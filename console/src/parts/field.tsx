// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Props {
  label: string;
  note?: ComponentChildren;
  error?: string;
  aside?: ComponentChildren;
  children: (id: string) => ComponentChildren;
}

/** A control with its label; `children` gets the id that ties both together. */
export function Field({ label, note, error, aside, children }: Props) {
  const id = useId();
  return (
    <div class="field">
      <div class="label"><label for={id}>{label}</label>{aside}</div>
      {children(id)}
      {error ? <div class="error" role="alert">{error}</div> : note && <div class="note">{note}</div>}
    </div>
  );
}

export function Switch(props: { checked: boolean; onChange(checked: boolean): void; label: string; name?: string; disabled?: boolean }) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        aria-label={props.name}
        checked={props.checked}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span class="track" />
      <span>{props.label}</span>
    </label>
  );
}

export function Segments<T extends string>(props: {
  label: string;
  value: T;
  options: readonly { value: T; label: string; figure?: string }[];
  onChange(value: T): void;
}) {
  return (
    <div class="segments" role="group" aria-label={props.label}>
      {props.options.map(({ value, label, figure }) => (
        <button key={value} type="button" aria-pressed={value === props.value} onClick={() => props.onChange(value)}>
          {label}
          {figure !== undefined && <span class="figure">{figure}</span>}
        </button>
      ))}
    </div>
  );
}
