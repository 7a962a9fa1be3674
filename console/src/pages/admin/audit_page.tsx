// SPDX-License-Identifier: Apache-2.0
import { call } from '../../api/call';
import { usePages } from '../../api/pages';
import { query, setQuery } from '../../app/router';
import { Empty, Loading } from '../../parts/empty';
import { Icon } from '../../parts/icon';
import { More } from '../../parts/more';
import { ProblemNote } from '../../parts/problem_note';
import { SearchBox } from '../../parts/search_box';
import { dateTime } from '../../text/format';

export function AuditPage() {
  const q = query.value.get('q') ?? undefined;
  const who = query.value.get('who') ?? undefined;
  const list = usePages(
    async (cursor, signal) => {
      const page = await call('GET /api/v1/audit', { query: { q, who, cursor, limit: 100 }, signal });
      return { items: page.entries, next: page.next };
    },
    [q, who],
  );
  return (
    <div class="page">
      <div class="page-head">
        <h1>Audit</h1>
        <p class="lead">Every change: who asked for it, from where, and what came of it.</p>
      </div>
      <div class="filters">
        <SearchBox value={q ?? ''} label="What was changed" onSearch={(text) => setQuery({ q: text })} />
        {who && <span class="tag">by {who}<button onClick={() => setQuery({ who: undefined })} aria-label="By anybody"><Icon name="cross" /></button></span>}
      </div>
      <ProblemNote problem={list.problem} retry={list.reload} />
      <section class="panel">
        {!list.items && list.loading && <Loading what="the audit" />}
        {list.items?.length === 0 && <Empty title={q || who ? 'No entry fits' : 'Nothing was changed yet'} />}
        {list.items && list.items.length > 0 && (
          <div class="scroll-x">
            <table class="table cards">
              <thead><tr><th>Time</th><th>Who</th><th>Request</th><th>What</th><th class="num">Status</th><th>From</th></tr></thead>
              <tbody>
                {list.items.map((entry) => (
                  <tr key={entry.id}>
                    <td class="fixed muted">{dateTime(entry.time)}</td>
                    <td class="fixed"><button class="bare" onClick={() => setQuery({ who: entry.who })}>{entry.who}</button> <span class="faint small">{entry.role}</span></td>
                    <td class="mono small wide request">{entry.method} {entry.path}</td>
                    <td class="wide">{entry.subject}</td>
                    <td class={`num ${entry.status >= 400 ? 'bad' : 'muted'}`}>{entry.status}</td>
                    <td class="muted fixed away">{entry.address}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <More list={list} />
      </section>
    </div>
  );
}
