// SPDX-License-Identifier: Apache-2.0
// One operation for many devices.
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { DeviceQuery, OperationRequest, Scalar } from '../../api/shapes';
import { useAction } from '../../api/remote';
import { navigate } from '../../app/router';
import { tell } from '../../app/toasts';
import { Dialog } from '../../parts/dialog';
import { Field } from '../../parts/field';
import { Icon } from '../../parts/icon';
import { ProblemNote } from '../../parts/problem_note';
import { count, plural } from '../../text/format';

const operations: OperationRequest['op'][] = ['read', 'write', 'execute', 'observe', 'cancel', 'delete', 'discover'];

interface Props {
  /** Those that were chosen; none: all that the filter lets through. */
  endpoints: string[];
  filter: DeviceQuery;
  total: number;
  onClose(): void;
}

export function BulkDialog({ endpoints, filter, total, onClose }: Props) {
  const [op, setOp] = useState<OperationRequest['op']>('read');
  const [path, setPath] = useState('/3/0');
  const [text, setText] = useState('');
  const [days, setDays] = useState('7');
  const amount = endpoints.length || total;
  const onlyState = endpoints.length === 0 && filter.state !== undefined && filter.state !== 'registered' && filter.state !== 'all';

  const start = useAction(async () => {
    const request: OperationRequest = { op, path, mode: 'queue', deadline: Number(days) * 86400 };
    if (op === 'write') request.value = scalarOf(text);
    if (op === 'execute' && text) request.arguments = text;
    const devices = endpoints.length > 0 ? { endpoints } : { q: filter.q ?? '', tag: filter.tag?.[0], object: filter.object };
    const answer = await call('POST /api/v1/operations', { body: { devices, ...request } });
    tell(`${plural(answer.operations, 'operation')} started`, answer.skipped.length > 0 ? `${plural(answer.skipped.length, 'device')} left out: ${answer.skipped[0]!.reason}` : undefined);
    onClose();
    navigate(`/operations?batch=${encodeURIComponent(answer.batch)}`);
  });
  return (
    <Dialog title={`One operation for ${plural(amount, 'device')}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void start.run();
        }}
      >
        <div class="body">
          <ProblemNote problem={start.problem} />
          {onlyState && (
            <div class="notice"><Icon name="alert" /><span>It goes to all devices that fit the search, tag and object, whatever their state.</span></div>
          )}
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
          <Field label="Days to wait for devices that sleep or are away">
            {(id) => <input id={id} class="input" type="number" min={1} max={30} required value={days} onInput={(event) => setDays(event.currentTarget.value)} />}
          </Field>
        </div>
        <footer>
          <button class="button" type="button" onClick={onClose}>Cancel</button>
          <button class={`button primary${op === 'delete' || op === 'execute' ? ' danger' : ''}`} disabled={start.busy}>{op} on {count(amount)}</button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Numbers and truth values as themselves; the server converts texts by the resource's type. */
function scalarOf(text: string): Scalar {
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
}
