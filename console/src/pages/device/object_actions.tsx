// SPDX-License-Identifier: Apache-2.0
// What can be asked of an object as a whole.
import { useState } from 'preact/hooks';
import type { Device, DeviceObject, Model } from '../../api/shapes';
import { Icon } from '../../parts/icon';
import { Menu } from '../../parts/menu';
import { AttributesDialog } from './attributes_dialog';
import { CreateDialog } from './create_dialog';
import { DiscoverDialog } from './discover_dialog';
import type { Run } from './resources_tab';

export function ObjectActions({ device, object, model, run }: { device: Device; object: DeviceObject; model: Model | undefined; run: Run }) {
  const [asking, setAsking] = useState<'create' | 'attributes' | 'discover' | undefined>();
  const path = `/${object.object}`;
  const observed = device.observations?.find(({ paths, composite }) => !composite && paths[0] === path);
  const close = () => setAsking(undefined);
  return (
    <div class="row wrap" role="group" aria-label={`All of ${path}`}>
      {(model?.multiple ?? true) && <button class="button" onClick={() => setAsking('create')}><Icon name="plus" />New instance</button>}
      <span class="row wrap push">
        <span class="faint small">All of <span class="mono">{path}</span></span>
        <button class="button little" onClick={() => run({ op: 'read', path })}><Icon name="read" />Read</button>
        <Menu little label={`More for ${path}`} items={[
          observed
            ? { label: 'Stop observing', act: () => void run({ op: 'cancel', observation: observed.observation }) }
            : { label: 'Observe', act: () => void run({ op: 'observe', path }) },
          { label: 'Discover', act: () => setAsking('discover') },
          { label: 'Write attributes', act: () => setAsking('attributes') },
        ]} />
      </span>
      {asking === 'create' && <CreateDialog device={device} object={object} model={model} run={run} onClose={close} />}
      {asking === 'attributes' && <AttributesDialog device={device} path={path} run={run} onClose={close} />}
      {asking === 'discover' && <DiscoverDialog device={device} path={path} onClose={close} />}
    </div>
  );
}
