// SPDX-License-Identifier: Apache-2.0
import { call, urlOf } from '../../api/call';
import { loadModel, forgetModels } from '../../api/models';
import { useRemote } from '../../api/remote';
import { confirm } from '../../app/confirm';
import { navigate } from '../../app/router';
import { allowed } from '../../app/session';
import { attempt } from '../../app/toasts';
import { Loading } from '../../parts/empty';
import { ProblemNote } from '../../parts/problem_note';
import { Segments } from '../../parts/field';

export function ModelPage({ object, version }: { object: string; version?: string }) {
  const remote = useRemote(async () => (await loadModel(Number(object), version)) ?? null, [object, version]);
  const model = remote.data;
  if (!model) {
    return (
      <div class="page">
        <div class="page-head"><h1>Object {object}</h1></div>
        {remote.problem ? <ProblemNote problem={remote.problem} retry={remote.reload} /> : model === null ? <p>Nobody defined it. <a href="/models">All definitions</a></p> : <Loading what="the definition" />}
      </div>
    );
  }
  const remove = async () => {
    const at = { object: model.object, version: model.version };
    if (!(await confirm({ title: `Remove ${model.name} ${model.version}?`, text: 'Devices that have it are shown by numbers, or by another version.', action: 'Remove it' }))) return;
    if (!(await attempt(() => call('DELETE /api/v1/models/{object}/{version}', { at }), 'The definition is removed'))) return;
    forgetModels();
    navigate('/models');
  };
  return (
    <div class="page">
      <div class="page-head">
        <h1>{model.name} <span class="faint">/{model.object}</span></h1>
        {model.versions.length > 1
          ? <Segments label="Version" value={model.version} options={model.versions.map((one) => ({ value: one, label: one }))} onChange={(next) => navigate(`/models/${object}/${next}`)} />
          : <span class="badge">{model.version}</span>}
        <div class="actions">
          {model.source === 'uploaded' && <a class="button" href={urlOf('/api/v1/models/{object}/{version}/ddf', { object: model.object, version: model.version })} download={`${model.object}-${model.version}.xml`}>DDF</a>}
          <a class="button" href={`/devices?object=${model.object}`}>Devices that have it</a>
          {allowed('admin') && model.source === 'uploaded' && <button class="button danger" onClick={remove}>Remove</button>}
        </div>
        {model.description && <p class="lead">{model.description}</p>}
      </div>
      <div class="row wrap muted small">
        <span class="mono">{model.urn}</span>
        <span>{model.multiple ? 'several instances' : 'one instance'}</span>
        <span>{model.mandatory ? 'mandatory' : 'optional'}</span>
      </div>
      <section class="panel">
        <div class="scroll-x">
          <table class="table cards">
            <thead><tr><th class="num">Id</th><th>Resource</th><th>Operations</th><th>Type</th><th>Range</th><th>Unit</th><th>Description</th></tr></thead>
            <tbody>
              {model.resources.map((one) => (
                <tr key={one.resource}>
                  <td class="num muted away">{one.resource}</td>
                  <td class="strong">{one.name}{one.mandatory && <span class="faint" title="mandatory"> *</span>}</td>
                  <td>{one.operations || <span class="faint">–</span>}</td>
                  <td class="fixed away">{one.type || <span class="faint">–</span>}{one.multiple && ' []'}</td>
                  <td class="muted away range">{one.range}</td>
                  <td class="muted away">{one.unit}</td>
                  <td class="muted small wide description-cell">{one.description}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <div class="note">* mandatory</div>
      </section>
    </div>
  );
}
