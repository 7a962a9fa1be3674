// SPDX-License-Identifier: Apache-2.0
// One operation for many devices.
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { OperationRequest, Scalar } from '../../api/shapes';
import { useAction, useRemote } from '../../api/remote';
import { navigate } from '../../app/router';
import { tell } from '../../app/toasts';
import { Field, Segments } from '../../parts/field';
import { FormDialog } from '../../parts/form_dialog';
import { ProblemNote } from '../../parts/problem_note';
import { SendingChoice, type Sending } from '../../parts/sending';
import { count, plural } from '../../text/format';
import { choiceOf } from './device_choice';
import { DeviceFilters, type DeviceFilter } from './device_filters';

const operations: OperationRequest['op'][] = ['read', 'write', 'execute', 'observe', 'cancel', 'delete', 'discover'];

interface Props {
  /** Those that were chosen in the table. */
  endpoints: string[];
  /** What the table shows, to begin with. */
  filter: DeviceFilter;
  onClose(): void;
}

export function BulkDialog({ endpoints, filter: shown, onClose }: Props) {
  const [whom, setWhom] = useState<'chosen' | 'fitting'>(endpoints.length > 0 ? 'chosen' : 'fitting');
  const [filter, setFilter] = useState<DeviceFilter>({ q: shown.q, tag: shown.tag, object: shown.object, state: shown.state });
  const [op, setOp] = useState<OperationRequest['op']>('read');
  const [path, setPath] = useState('/3/0');
  const [text, setText] = useState('');
  const [sending, setSending] = useState<Sending>({ mode: 'queue' });
  const fitting = useRemote((signal) => call('GET /api/v1/devices', { query: { ...filter, limit: 1 }, signal }), [JSON.stringify(filter)]);
  const amount = whom === 'chosen' ? endpoints.length : fitting.data?.total;

  const start = useAction(async () => {
    const devices = whom === 'chosen' ? { endpoints } : await choiceOf(filter);
    const request: OperationRequest = { op, path, ...sending };
    if (op === 'write') request.value = scalarOf(text);
    if (op === 'execute' && text) request.arguments = text;
    const answer = await call('POST /api/v1/operations', { body: { devices, ...request } });
    const leftOut = answer.skippedCount ?? answer.skipped.length;
    tell(`${plural(answer.operations, 'operation')} started`, leftOut > 0 ? `${plural(leftOut, 'device')} left out, the first because: ${answer.skipped[0]!.reason}` : undefined);
    onClose();
    navigate(`/operations?batch=${encodeURIComponent(answer.batch)}`);
  });
  return (
    <FormDialog
      title="One operation for many devices"
      broad
      act={start}
      action={amount === undefined ? op : `${op} on ${count(amount)}`}
      danger={op === 'delete' || op === 'execute'}
      ready={amount !== undefined && amount > 0}
      changed={path !== '/3/0' || text !== ''}
      onClose={onClose}
    >
      {endpoints.length > 0 && (
        <Segments<typeof whom> label="Which devices" value={whom} onChange={setWhom} options={[{ value: 'chosen', label: 'Those chosen', figure: count(endpoints.length) }, { value: 'fitting', label: 'All that fit' }]} />
      )}
      {whom === 'fitting' && <DeviceFilters filter={filter} onChange={(part) => setFilter({ ...filter, ...part })} />}
      <ProblemNote problem={fitting.problem} retry={fitting.reload} />
      <p role="status" class={amount ? 'strong' : 'muted'}>{amount === undefined ? 'Counting …' : amount === 0 ? 'No device fits.' : `It goes to ${plural(amount, 'device')}.`}</p>
      <div class="fields">
        <Field label="Operation">
          {(id) => <select id={id} class="select" data-first value={op} onChange={(event) => setOp(event.currentTarget.value as OperationRequest['op'])}>{operations.map((name) => <option key={name}>{name}</option>)}</select>}
        </Field>
        <Field label="Path" note="Such as /3/0/9">
          {(id) => <input id={id} class="input mono" required pattern="(/\d+){1,4}" value={path} spellcheck={false} onInput={(event) => setPath(event.currentTarget.value)} />}
        </Field>
      </div>
      {(op === 'write' || op === 'execute') && (
        <Field label={op === 'write' ? 'Value' : 'Arguments'} note={op === 'write' ? 'Converted to the type the resource has.' : undefined}>
          {(id) => <input id={id} class="input" required={op === 'write'} value={text} onInput={(event) => setText(event.currentTarget.value)} />}
        </Field>
      )}
      <SendingChoice sending={sending} modes={['queue', 'now']} onChange={setSending} />
    </FormDialog>
  );
}

/** Numbers and truth values as themselves; the server converts texts by the resource's type. */
function scalarOf(text: string): Scalar {
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
}
