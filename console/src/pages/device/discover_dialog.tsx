// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'preact/hooks';
import type { Operation } from '../../api/shapes';
import { Dialog } from '../../parts/dialog';
import { Empty, Loading } from '../../parts/empty';
import { modeFor, operate } from './operate';

/** What the device says it has below a path, with the attributes that are set. */
export function DiscoverDialog({ endpoint, state, path, onClose }: { endpoint: string; state: string; path: string; onClose(): void }) {
  const [operation, setOperation] = useState<Operation | undefined>();
  useEffect(() => {
    void operate(endpoint, { op: 'discover', path, mode: modeFor(state) }).then((answer) => (answer?.links ? setOperation(answer) : onClose()));
  }, []);
  return (
    <Dialog title={`What the device has at ${path}`} broad onClose={onClose}>
      <div class="body">
        {!operation && <Loading what="links" />}
        {operation?.links?.length === 0 && <Empty title="Nothing" />}
        {operation?.links && operation.links.length > 0 && (
          <div class="scroll-x">
            <table class="table">
              <thead><tr><th>Path</th><th>Name</th><th>Attributes</th></tr></thead>
              <tbody>
                {operation.links.map((link) => (
                  <tr key={link.path}>
                    <td class="mono small fixed">{link.path}</td>
                    <td>{link.name ?? <span class="faint">–</span>}</td>
                    <td class="mono small">{link.attributes?.replaceAll(';', ' ') ?? ''}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
    </Dialog>
  );
}
