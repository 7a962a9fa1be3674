// SPDX-License-Identifier: Apache-2.0
import { Field } from './field';

/** Several texts, one a line. */
export function ListInput(props: { label: string; note?: string; placeholder?: string; value: readonly string[]; disabled?: boolean; onChange(value: string[]): void }) {
  return (
    <Field label={props.label} note={props.note}>
      {(id) => (
        <textarea
          id={id}
          class="area mono"
          rows={Math.min(8, Math.max(2, props.value.length + 1))}
          spellcheck={false}
          disabled={props.disabled}
          placeholder={props.placeholder}
          value={props.value.join('\n')}
          onInput={(event) => props.onChange(event.currentTarget.value.split('\n'))}
          onBlur={(event) => props.onChange(event.currentTarget.value.split('\n').map((line) => line.trim()).filter(Boolean))}
        />
      )}
    </Field>
  );
}

/** The lines that say something. */
export function filled(lines: readonly string[]): string[] {
  return lines.map((line) => line.trim()).filter(Boolean);
}
