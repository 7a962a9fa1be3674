// SPDX-License-Identifier: Apache-2.0
// When a device notifies: the attributes of an object, an instance or a resource.
import { useState } from 'preact/hooks';
import { Dialog } from '../../parts/dialog';
import { Field } from '../../parts/field';
import type { Run } from './resources_tab';

export const attributeNames = {
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

export function AttributesDialog({ path, run, onClose }: { path: string; run: Run; onClose(): void }) {
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const set = async () => {
    const attributes: Record<string, number | null> = {};
    for (const [name, text] of Object.entries(texts)) {
      if (text === 'remove') attributes[name] = null;
      else if (text !== '') attributes[name] = Number(text);
    }
    setBusy(true);
    const done = await run({ op: 'attributes', path, attributes });
    setBusy(false);
    if (done) onClose();
  };
  const isResource = path.split('/').length > 3;
  const names = Object.entries(attributeNames).filter(([name]) => isResource || !['gt', 'lt', 'st', 'edge'].includes(name));
  return (
    <Dialog title={`Attributes of ${path}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void set();
        }}
      >
        <div class="body">
          <p class="muted small">What is left empty stays as it is; Discover shows what is set.</p>
          <div class="fields">
            {names.map(([name, note]) => (
              <Field
                key={name}
                label={name}
                note={note}
                aside={
                  <label class="row small">
                    <input type="checkbox" class="check" checked={texts[name] === 'remove'} onChange={(event) => setTexts({ ...texts, [name]: event.currentTarget.checked ? 'remove' : '' })} />
                    remove
                  </label>
                }
              >
                {(id) => (
                  <input
                    id={id}
                    class="input"
                    type="number"
                    step="any"
                    disabled={texts[name] === 'remove'}
                    value={texts[name] === 'remove' ? '' : (texts[name] ?? '')}
                    onInput={(event) => setTexts({ ...texts, [name]: event.currentTarget.value })}
                  />
                )}
              </Field>
            ))}
          </div>
        </div>
        <footer>
          <button class="button" type="button" onClick={onClose}>Cancel</button>
          <button class="button primary" disabled={busy || Object.values(texts).every((text) => text === '')}>Set</button>
        </footer>
      </form>
    </Dialog>
  );
}
