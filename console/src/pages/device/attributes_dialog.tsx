// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import type { Device } from '../../api/shapes';
import { useAction } from '../../api/remote';
import { AttributeFields, type Attributes } from '../../parts/attribute_fields';
import { FormDialog } from '../../parts/form_dialog';
import type { Run } from './resources_tab';
import { SendingTo } from './sending_to';

/** Those that only a single value can have. */
const ofResources = ['gt', 'lt', 'st', 'edge'] as const;

export function AttributesDialog({ device, path, run, onClose }: { device: Device; path: string; run: Run; onClose(): void }) {
  const [attributes, setAttributes] = useState<Attributes>({});
  const isSet = Object.keys(attributes).length > 0;
  const set = useAction(async () => {
    if (await run({ op: 'attributes', path, attributes: attributes as Record<string, number | null> })) onClose();
  });
  return (
    <FormDialog title={`Attributes of ${path}`} act={set} action="Set" ready={isSet} changed={isSet} onClose={onClose}>
      <p class="muted small">What is left empty stays as it is; Discover shows what is set.</p>
      <AttributeFields values={attributes} removable without={path.split('/').length > 3 ? [] : ofResources} onChange={setAttributes} />
      <SendingTo device={device} />
    </FormDialog>
  );
}
