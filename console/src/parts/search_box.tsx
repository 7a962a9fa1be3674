// SPDX-License-Identifier: Apache-2.0
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icon';

interface Props {
  value: string;
  label: string;
  onSearch(text: string): void;
}

/** Searches while one types, a moment after the last key. "/" comes here (shortcuts.ts). */
export function SearchBox({ value, label, onSearch }: Props) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const asked = useRef(value);
  // What was asked for here comes back when more may have been typed since.
  useLayoutEffect(() => {
    if (value !== asked.current) setText((asked.current = value));
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch((asked.current = next.trim())), 180);
  };
  return (
    <div class="search">
      <Icon name="search" />
      <input
        class="input"
        type="search"
        data-search
        placeholder={label}
        aria-label={label}
        value={text}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => change(event.currentTarget.value)}
      />
      {!text && <kbd aria-hidden="true">/</kbd>}
    </div>
  );
}
