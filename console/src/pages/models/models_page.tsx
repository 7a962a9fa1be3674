// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { ModelSummary } from '../../api/shapes';
import { useRemote } from '../../api/remote';
import { navigate, query, setQuery } from '../../app/router';
import { allowed } from '../../app/session';
import { Empty, Loading } from '../../parts/empty';
import { Icon } from '../../parts/icon';
import { ProblemNote } from '../../parts/problem_note';
import { SearchBox } from '../../parts/search_box';
import { UploadDialog } from './upload_dialog';

export function ModelsPage() {
  const q = (query.value.get('q') ?? '').toLowerCase();
  const list = useRemote((signal) => call('GET /api/v1/models', { signal }), []);
  const [uploading, setUploading] = useState(false);
  const models = list.data?.models as ModelSummary[] | undefined;
  const shown = models?.filter(({ object, name, urn }) => `${object} ${name} ${urn}`.toLowerCase().includes(q));
  const to = ({ object, version }: ModelSummary) => `/models/${object}/${version}`;
  return (
    <div class="page">
      <div class="page-head">
        <h1>Object definitions</h1>
        {models && <span class="muted">{models.length}</span>}
        {allowed('admin') && <div class="actions"><button class="button primary" onClick={() => setUploading(true)}>Upload a definition</button></div>}
      </div>
      <div class="filters"><SearchBox value={q} label="Number or name" onSearch={(text) => setQuery({ q: text })} /></div>
      <ProblemNote problem={list.problem} retry={list.reload} />
      <section class="panel">
        {!models && list.loading && <Loading what="definitions" />}
        {shown?.length === 0 && <Empty title="No definition fits" command="linnet model check my-object.xml" />}
        {shown && shown.length > 0 && (
          <div class="scroll-x">
            <table class="table cards">
              <thead><tr><th class="num">Object</th><th>Name</th><th>Version</th><th class="num">Resources</th><th>Instances</th><th>From</th></tr></thead>
              <tbody>
                {shown.map((one) => (
                  <tr key={`${one.object} ${one.version}`} class="link" onClick={() => navigate(to(one))}>
                    <td class="num muted away">{one.object}</td>
                    <td class="strong"><a href={to(one)}>{one.name}</a></td>
                    <td>{one.version}</td>
                    <td class="num away">{one.resources}</td>
                    <td class="muted away">{one.multiple ? 'several' : 'one'}</td>
                    <td class="away">{one.source === 'uploaded' ? <span class="badge accent">uploaded</span> : <span class="faint">{one.source ?? 'built-in'}</span>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <div class="note"><Icon name="info" /> Several versions of an object may stand side by side; a device is shown by the one it speaks.</div>
      </section>
      {uploading && <UploadDialog onClose={() => setUploading(false)} onDone={list.reload} />}
    </div>
  );
}
