// SPDX-License-Identifier: Apache-2.0
// Operations with their states; a row opens to its timeline and what the device answered.
import { useState } from 'preact/hooks';
import { call } from '../api/call';
import type { Operation } from '../api/shapes';
import { devicePath } from '../app/router';
import { mayOperate } from '../app/session';
import { attempt } from '../app/toasts';
import { clock, dateTime, scalar, unit } from '../text/format';
import { LinkTable } from './link_table';
import { Age, Until } from './now';
import { isOver, operationColours, OperationStateMark } from './states';

interface Props {
  operations: Operation[];
  /** Of many devices: with a column for them. */
  devices?: boolean;
  onChange(): void;
}

export function OperationTable({ operations, devices = false, onChange }: Props) {
  const [open, setOpen] = useState<string | undefined>();
  return (
    <div class="scroll-x">
      <table class="table cards">
        <thead>
          <tr>
            <th>Operation</th>
            {devices && <th>Device</th>}
            <th>State</th>
            <th>Result</th>
            <th>By</th>
            <th class="num">Asked</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {operations.map((operation) => (
            <Rows key={operation.id} operation={operation} devices={devices} open={open === operation.id} onToggle={() => setOpen(open === operation.id ? undefined : operation.id)} onChange={onChange} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Rows({ operation, devices, open, onToggle, onChange }: { operation: Operation; devices: boolean; open: boolean; onToggle(): void; onChange(): void }) {
  const { id, state } = operation;
  const cancel = async (event: Event) => {
    event.stopPropagation();
    if (await attempt(() => call('DELETE /api/v1/operations/{operation}', { at: { operation: id } }), 'The operation is cancelled')) onChange();
  };
  return (
    <>
      <tr class="link" onClick={onToggle}>
        <td class="wide"><button class="bare" aria-expanded={open}>{operation.op} <span class="mono small">{operation.target || Object.keys(operation.request.values ?? {}).join(' ')}</span></button></td>
        {devices && <td class="wide endpoint"><a href={devicePath(operation.endpoint, 'operations')} onClick={(event) => event.stopPropagation()}>{operation.endpoint}</a></td>}
        <td class="fixed"><OperationStateMark state={state} /></td>
        <td class="muted away">{resultOf(operation)}</td>
        <td class="muted away fixed">{operation.by ?? '–'}</td>
        <td class="num muted"><Age time={operation.time} ago /></td>
        <td class="ends">{!isOver(state) && mayOperate.value && <button class="button little danger" onClick={cancel}>Cancel</button>}</td>
      </tr>
      {open && (
        <tr>
          <td colSpan={devices ? 7 : 6} class="wide"><Detail operation={operation} /></td>
        </tr>
      )}
    </>
  );
}

function resultOf(operation: Operation) {
  if (!isOver(operation.state)) return operation.deadline ? <>ends <Until time={operation.deadline} /></> : '';
  const answer = [operation.code, operation.codeName].filter(Boolean).join(' ');
  return operation.reason ? `${answer ? `${answer}: ` : ''}${operation.reason}` : answer;
}

function Detail({ operation }: { operation: Operation }) {
  return (
    <div class="columns detail">
      <ol class="steps">
        {operation.timeline?.map(({ time, state, detail }, at) => (
          <li key={at} class={operationColours[state]}>
            <time title={dateTime(time)}>{clock(time, true)}</time>
            <div>{state}{detail && <div class="muted small">{detail}</div>}</div>
          </li>
        ))}
      </ol>
      <dl class="facts">
        <dt>Id</dt><dd class="mono small">{operation.id}</dd>
        <dt>Mode</dt><dd>{operation.mode}</dd>
        {operation.batch && <><dt>Batch</dt><dd><a href={`/operations?batch=${encodeURIComponent(operation.batch)}`}>{operation.batch}</a></dd></>}
        {operation.deadline && <><dt>Deadline</dt><dd>{dateTime(operation.deadline)}</dd></>}
        {operation.elapsedMs !== undefined && <><dt>Took</dt><dd>{operation.elapsedMs} ms</dd></>}
        {operation.code && <><dt>Answer</dt><dd>{operation.code} {operation.codeName}</dd></>}
        {operation.reason && <><dt>Reason</dt><dd>{operation.reason}</dd></>}
        {operation.created && <><dt>Created</dt><dd class="mono small">{operation.created}</dd></>}
        {operation.values?.slice(0, 40).map((one) => (
          <><dt key={one.path} class="mono small">{one.path}</dt><dd>{scalar(one.value, one.type)} {unit(one.unit)} <span class="faint">{one.name}</span></dd></>
        ))}
      </dl>
      {operation.links && operation.links.length > 0 && <LinkTable links={operation.links} />}
    </div>
  );
}
