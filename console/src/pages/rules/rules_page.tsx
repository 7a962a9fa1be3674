// SPDX-License-Identifier: Apache-2.0
import { call } from '../../api/call';
import type { ObserveRule } from '../../api/shapes';
import { useRemote } from '../../api/remote';
import { navigate } from '../../app/router';
import { mayOperate } from '../../app/session';
import { attempt } from '../../app/toasts';
import { Empty, Loading } from '../../parts/empty';
import { Switch } from '../../parts/field';
import { Icon } from '../../parts/icon';
import { ProblemNote } from '../../parts/problem_note';
import { count } from '../../text/format';

/** Which devices a rule is for, in words. */
function forWhom({ endpoints = [], tags = [], objects = [] }: ObserveRule['devices']): string {
  const parts = [
    endpoints.length > 0 && endpoints.join(', '),
    tags.length > 0 && `tagged ${tags.join(', ')}`,
    objects.length > 0 && `with ${objects.map((object) => `/${object}`).join(', ')}`,
  ].filter(Boolean);
  return parts.join('; ') || 'every device';
}

function attributesText(attributes: Record<string, number> | undefined): string {
  return Object.entries(attributes ?? {}).map(([name, value]) => `${name}=${value}`).join(' ');
}

/** A rule as it is put, without what the server tells about it. */
export function bodyOf({ name, enabled, devices, paths, attributes, composite, format }: ObserveRule): Omit<ObserveRule, 'status'> {
  return { name, enabled, devices, paths, attributes, composite, format };
}

export function RulesPage() {
  const list = useRemote((signal) => call('GET /api/v1/observe-rules', { signal }), [], 10_000);
  const rules = list.data?.rules;
  const enable = async (rule: ObserveRule, enabled: boolean) => {
    const body = { ...bodyOf(rule), enabled };
    const done = await attempt(() => call('PUT /api/v1/observe-rules/{name}', { at: { name: rule.name }, body }), `${rule.name} is ${enabled ? 'on' : 'off'}`);
    if (done) list.reload();
  };
  return (
    <div class="page">
      <div class="page-head">
        <h1>Observe rules</h1>
        {mayOperate.value && <div class="actions"><a class="button primary" href="/rules/new"><Icon name="plus" />New rule</a></div>}
        <p class="lead">What the server observes by itself: applied at every registration, and repaired when a device forgets.</p>
      </div>
      <ProblemNote problem={list.problem} retry={list.reload} />
      <section class="panel">
        {!rules && list.loading && <Loading what="rules" />}
        {rules?.length === 0 && (
          <Empty title="No rule yet" command="linnet rule set temperatures '/3303/*/5700' --pmax 600">
            A rule names paths and devices; what they report is kept, plotted and streamed.
          </Empty>
        )}
        {rules && rules.length > 0 && (
          <div class="scroll-x">
            <table class="table cards">
              <thead><tr><th>Rule</th><th>Paths</th><th>For</th><th>Attributes</th><th class="num">Devices</th><th class="num">Observations</th><th>Failures</th><th /></tr></thead>
              <tbody>
                {rules.map((rule) => (
                  <tr key={rule.name} class="link" onClick={() => navigate(`/rules/${encodeURIComponent(rule.name)}`)}>
                    <td class="strong"><a href={`/rules/${encodeURIComponent(rule.name)}`}>{rule.name}</a></td>
                    <td class="mono small wide">{rule.paths.join(' ')}</td>
                    <td class="wide">{forWhom(rule.devices)}</td>
                    <td class="mono small away">{attributesText(rule.attributes)}</td>
                    <td class="num away">{count(rule.status?.devices ?? 0)}</td>
                    <td class="num away">{count(rule.status?.observations ?? 0)}</td>
                    <td>{rule.status && rule.status.failures.length > 0 ? <span class="badge bad">{rule.status.failures.length}</span> : <span class="faint">–</span>}</td>
                    <td class="ends" onClick={(event) => event.stopPropagation()}>
                      <Switch label="" checked={rule.enabled} disabled={!mayOperate.value} onChange={(on) => enable(rule, on)} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </div>
  );
}
