// SPDX-License-Identifier: Apache-2.0
import type { Operation } from '../api/shapes';

/** What a device said it has, with the attributes that are set. */
export function LinkTable({ links }: { links: NonNullable<Operation['links']> }) {
  return (
    <div class="scroll-x">
      <table class="table">
        <thead><tr><th>Path</th><th>Name</th><th>Attributes</th></tr></thead>
        <tbody>
          {links.map((link) => (
            <tr key={link.path}>
              <td class="mono small fixed">{link.path}</td>
              <td>{link.name ?? <span class="faint">–</span>}</td>
              <td class="mono small">{link.attributes?.replaceAll(';', ' ') ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
