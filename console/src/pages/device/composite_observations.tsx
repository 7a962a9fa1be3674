// SPDX-License-Identifier: Apache-2.0
import type { Device } from '../../api/shapes';
import { plural } from '../../text/format';
import { namedPath, type Models } from './named_paths';
import { operate } from './operate';
import { sendingTo } from './sending_to';

/** What is observed together, and an end to it. */
export function CompositeObservations({ device, models }: { device: Device; models: Models }) {
  const together = device.observations?.filter(({ composite }) => composite) ?? [];
  if (together.length === 0) return null;
  const none = new Map();
  return (
    <section class="panel" role="region" aria-label="Observed together">
      <header><h2>Observed together</h2></header>
      <ul class="chosen-paths">
        {together.map(({ observation, paths, notifications }) => (
          <li key={observation}>
            <div class="what">
              <span>{paths.map((path) => namedPath(path, models, none).name).join(', ')}</span>
              <span class="faint small mono">{paths.join(' ')}</span>
            </div>
            <span class="muted small">{plural(notifications, 'notification')}</span>
            <button class="button little" onClick={() => operate(device.endpoint, { ...sendingTo(device), op: 'cancel', observation })}>Stop observing</button>
          </li>
        ))}
      </ul>
    </section>
  );
}
