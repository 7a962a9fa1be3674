// SPDX-License-Identifier: Apache-2.0
import type { Operation } from '../../api/shapes';
import { devicePath } from '../../app/router';
import { Icon } from '../../parts/icon';
import { OperationStateMark } from '../../parts/states';
import { scalar, unit } from '../../text/format';
import { namedPath, type Models } from './named_paths';
import type { Values } from './values';

/** What a device answered, by name and with units. */
export function AnswerPanel({ operation, models, values, onClose }: { operation: Operation; models: Models; values: Values; onClose(): void }) {
  const waits = operation.state === 'queued' || operation.state === 'sent';
  return (
    <section class="panel" role="region" aria-label="Answer">
      <header>
        <h2>Answer</h2>
        <OperationStateMark state={operation.state} />
        <span class="muted small">{[operation.code, operation.codeName, operation.elapsedMs !== undefined && `in ${operation.elapsedMs} ms`].filter(Boolean).join(' ')}</span>
        <div class="actions"><button class="button plain square little" onClick={onClose} aria-label="Close the answer"><Icon name="cross" /></button></div>
      </header>
      {operation.values && operation.values.length > 0 && (
        <table class="table">
          <tbody>
            {operation.values.map((one) => {
              const named = namedPath(one.path, models, values);
              return (
                <tr key={one.path}>
                  <td>{one.name ?? named.name} <span class="faint small mono">{one.path}</span></td>
                  <td class="answered">{one.error ? <span class="bad">{one.error}</span> : <>{scalar(one.value, one.type)} <span class="faint">{unit(one.unit) || named.unit}</span></>}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {!operation.values?.length && (
        <div class="note">
          {waits
            ? <>It is sent when the device is there. <a href={devicePath(operation.endpoint, 'operations')}>Operations</a></>
            : (operation.reason ?? (operation.success ? 'The device did it.' : 'The device gave no reason.'))}
        </div>
      )}
    </section>
  );
}
