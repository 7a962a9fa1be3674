// SPDX-License-Identifier: Apache-2.0
import type { Pages } from '../api/pages';

export function More({ list }: { list: Pages<unknown> }) {
  if (list.next === undefined || !list.items) return null;
  return (
    <div class="more">
      <button class="button" disabled={list.loading} onClick={list.more}>{list.loading ? 'Loading …' : 'Show more'}</button>
    </div>
  );
}
