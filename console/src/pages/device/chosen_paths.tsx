// SPDX-License-Identifier: Apache-2.0
// The paths that were chosen for one request: their values, or inputs for new ones.
import { useState } from 'preact/hooks';
import { Icon } from '../../parts/icon';
import { ValueInput } from '../../parts/value_input';
import { scalar } from '../../text/format';
import { pathOfText } from '../../text/path';
import { parseRange, toInput } from '../../text/resource_type';
import type { NamedPath } from './named_paths';

interface Props {
  chosen: NamedPath[];
  /** The paths whose values came a moment ago. */
  fresh: ReadonlySet<string>;
  isWriting: boolean;
  texts: Readonly<Record<string, string>>;
  errors: Readonly<Record<string, string>>;
  onType(path: string, text: string): void;
  onAdd(path: string): void;
  onRemove(path: string): void;
}

export function ChosenPaths({ chosen, fresh, isWriting, texts, errors, onType, onAdd, onRemove }: Props) {
  return (
    <>
      {chosen.length === 0 && <div class="note">Tick resources, or type a path.</div>}
      {chosen.length > 0 && (
        <ul class="chosen-paths" aria-label="Chosen">
          {chosen.map((one) => (
            <li key={one.path} class={fresh.has(one.path) ? 'fresh' : undefined}>
              <div class="what">
                <span class="cut">{one.name}</span>
                <span class="faint small mono">{one.path}</span>
              </div>
              <div class="value">
                {isWriting && one.isWritable ? (
                  <ValueInput label={`New value of ${one.name}`} type={one.type} range={parseRange(one.resource?.range)} unit={one.unit} value={texts[one.path] ?? toInput(one.value?.value, one.type)} error={errors[one.path]} onChange={(text) => onType(one.path, text)} />
                ) : isWriting ? (
                  <span class="faint small">cannot be written; it is left out</span>
                ) : (
                  one.value && <><span>{scalar(one.value.value, one.type)}</span> <span class="faint">{one.unit}</span></>
                )}
              </div>
              <button class="button plain square little" onClick={() => onRemove(one.path)} aria-label={`Leave out ${one.path}`}><Icon name="cross" /></button>
            </li>
          ))}
        </ul>
      )}
      <AddPath onAdd={onAdd} />
    </>
  );
}

function AddPath({ onAdd }: { onAdd(path: string): void }) {
  const [text, setText] = useState('');
  const [isWrong, setWrong] = useState(false);
  return (
    <form
      class="add-path"
      onSubmit={(event) => {
        event.preventDefault();
        const path = pathOfText(text);
        setWrong(path === undefined);
        if (path === undefined) return;
        onAdd(path);
        setText('');
      }}
    >
      <input class="input mono" placeholder="/3/0/9" aria-label="Path to add" aria-invalid={isWrong || undefined} value={text} spellcheck={false} autocomplete="off" onInput={(event) => { setText(event.currentTarget.value); setWrong(false); }} />
      <button class="button" disabled={text.trim() === ''}><Icon name="plus" />Add the path</button>
      {isWrong && <span class="bad small" role="alert">A path has one to four numbers, such as /3/0/9.</span>}
    </form>
  );
}
