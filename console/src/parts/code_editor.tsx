// SPDX-License-Identifier: Apache-2.0
// A text with line numbers, some of them marked.
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  label: string;
  value: string;
  /** Lines from 1, and how bad they are. */
  marks?: ReadonlyMap<number, 'bad' | 'warn'>;
  readOnly?: boolean;
  onChange?(text: string): void;
}

export function CodeEditor({ label, value, marks, readOnly, onChange }: Props) {
  const numbers = useRef<HTMLDivElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const lines = value.split('\n').length;
  const first = marks && [...marks.keys()][0];

  useEffect(() => {
    if (first === undefined) return;
    area.current!.scrollTop = Math.max(0, (first - 4) * 20);
  }, [first]);
  const keys = (event: KeyboardEvent) => {
    // Tab leaves the field, as everywhere; Ctrl-] puts in two spaces.
    if (event.key !== ']' || !event.ctrlKey || readOnly) return;
    event.preventDefault();
    const element = area.current!;
    element.setRangeText('  ', element.selectionStart, element.selectionEnd, 'end');
    onChange?.(element.value);
  };
  return (
    <div class="editor">
      <div class="lines" ref={numbers} aria-hidden="true">
        {Array.from({ length: lines }, (_, at) => <div key={at} class={marks?.get(at + 1)}>{at + 1}</div>)}
      </div>
      <textarea
        ref={area}
        aria-label={label}
        aria-invalid={marks && marks.size > 0 ? true : undefined}
        value={value}
        readOnly={readOnly}
        rows={Math.min(28, Math.max(10, lines + 1))}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => onChange?.(event.currentTarget.value)}
        onScroll={(event) => (numbers.current!.scrollTop = event.currentTarget.scrollTop)}
        onKeyDown={keys}
      />
    </div>
  );
}
