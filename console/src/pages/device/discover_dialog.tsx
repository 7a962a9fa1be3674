// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'preact/hooks';
import type { Device, Operation } from '../../api/shapes';
import { Dialog } from '../../parts/dialog';
import { Empty, Loading } from '../../parts/empty';
import { LinkTable } from '../../parts/link_table';
import { operate } from './operate';
import { sendingTo } from './sending_to';

/** What the device says it has below a path, with the attributes that are set. */
export function DiscoverDialog({ device, path, onClose }: { device: Device; path: string; onClose(): void }) {
  const [operation, setOperation] = useState<Operation | undefined>();
  useEffect(() => {
    void operate(device.endpoint, { op: 'discover', path, ...sendingTo(device) }).then((answer) => (answer?.links ? setOperation(answer) : onClose()));
  }, []);
  return (
    <Dialog title={`What the device has at ${path}`} broad onClose={onClose}>
      <div class="body">
        {!operation && <Loading what="links" />}
        {operation?.links?.length === 0 && <Empty title="Nothing" />}
        {operation?.links && operation.links.length > 0 && <LinkTable links={operation.links} />}
      </div>
    </Dialog>
  );
}
