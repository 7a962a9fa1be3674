// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { Device } from '../../api/shapes';
import { mayOperate } from '../../app/session';
import { attempt } from '../../app/toasts';
import { useUnsaved } from '../../app/unsaved';
import { Icon } from '../../parts/icon';

/** The tags of a device; each leads to the devices that have it. */
export function TagEditor({ device, onChange }: { device: Device; onChange(): void }) {
  const { endpoint, tags } = device;
  const [tag, setTag] = useState<string | undefined>();
  useUnsaved(Boolean(tag));
  const put = async (next: string[], done: string) => {
    if (await attempt(() => call('PUT /api/v1/devices/{endpoint}/tags', { at: { endpoint }, body: { tags: next } }), done)) onChange();
  };
  const add = () => {
    const word = (tag ?? '').trim();
    setTag(undefined);
    if (word && !tags.includes(word)) void put([...tags, word], `Tagged ${word}`);
  };
  return (
    <span class="row wrap">
      {tags.map((one) => (
        <span class="tag" key={one}>
          <a href={`/devices?tag=${encodeURIComponent(one)}`}>{one}</a>
          {mayOperate.value && <button onClick={() => put(tags.filter((other) => other !== one), `Without the tag ${one}`)} aria-label={`Remove the tag ${one}`}><Icon name="cross" /></button>}
        </span>
      ))}
      {mayOperate.value && (tag === undefined ? (
        <button class="button plain little" onClick={() => setTag('')}><Icon name="plus" />Tag</button>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <input
            class="input tag-input"
            autofocus
            placeholder="tag"
            aria-label="New tag"
            autocomplete="off"
            value={tag}
            onInput={(event) => setTag(event.currentTarget.value)}
            onBlur={() => !tag && setTag(undefined)}
            onKeyDown={(event) => event.key === 'Escape' && setTag(undefined)}
          />
        </form>
      ))}
    </span>
  );
}
