// SPDX-License-Identifier: Apache-2.0
// A definition from a file, checked before it is taken; what is found stands at its line.
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { ModelReport } from '../../api/shapes';
import { forgetModels } from '../../api/models';
import { ProblemError } from '../../api/problem';
import { useAction } from '../../api/remote';
import { navigate } from '../../app/router';
import { tell } from '../../app/toasts';
import { useClosing } from '../../app/unsaved';
import { CodeEditor } from '../../parts/code_editor';
import { Dialog } from '../../parts/dialog';
import { Field } from '../../parts/field';
import { Icon } from '../../parts/icon';
import { ProblemNote } from '../../parts/problem_note';

export function UploadDialog({ onClose, onDone }: { onClose(): void; onDone(): void }) {
  const [text, setText] = useState('');
  const [edited, setEdited] = useState(false);
  const [report, setReport] = useState<ModelReport | undefined>();
  const { close, release } = useClosing(edited, onClose);

  const send = async (xml: string, dryRun: boolean): Promise<ModelReport> => {
    try {
      return await call('POST /api/v1/models', { query: { dryRun }, raw: { type: 'application/xml', body: xml } });
    } catch (error) {
      // A definition with errors is answered with a report too.
      const answer = error instanceof ProblemError ? (error.answer as ModelReport | undefined) : undefined;
      if (answer?.findings) return answer;
      throw error;
    }
  };
  const check = useAction(async (xml: string) => setReport(await send(xml, true)));
  const take = useAction(async () => {
    const answer = await send(text, false);
    setReport(answer);
    const [first] = answer.objects;
    if (!first || errorsOf(answer) > 0) return;
    forgetModels();
    tell(answer.objects.map(({ name, version }) => `${name} ${version}`).join(', '), 'Known from now on; devices need not register again.');
    onDone();
    onClose();
    release();
    navigate(`/models/${first.object}/${first.version}`);
  });
  const choose = async (files: FileList | null) => {
    if (!files?.[0]) return;
    const xml = await files[0].text();
    setText(xml);
    setEdited(false);
    setReport(undefined);
    await check.run(xml);
  };
  const errors = report ? errorsOf(report) : 0;
  const marks = new Map<number, 'bad' | 'warn'>();
  for (const { line, severity } of report?.findings ?? []) {
    if (marks.get(line) !== 'bad') marks.set(line, severity === 'error' ? 'bad' : 'warn');
  }
  return (
    <Dialog title="Upload an object definition" broad onClose={close}>
      <div class="body">
        <Field label="File" note="A DDF file (XML), as the OMA registry has them.">
          {(id) => <input id={id} data-first class="input file" type="file" accept=".xml,application/xml" onChange={(event) => choose(event.currentTarget.files)} />}
        </Field>
        <ProblemNote problem={check.problem ?? take.problem} />
        {report && errors === 0 && (
          <div class="notice calm"><Icon name="check" /><span>{report.objects.map(({ object, name, version }) => `${name} /${object} ${version}`).join(', ')}: {report.findings.length === 0 ? 'nothing to complain about.' : 'can be taken.'}</span></div>
        )}
        {report && report.findings.length > 0 && (
          <ul class="findings">
            {report.findings.map((one) => (
              <li key={`${one.line}${one.message}`}>
                <span class="faint">line {one.line}</span>
                <span class={one.severity === 'error' ? 'bad' : 'warn'}>{one.severity}</span>
                <span>{one.message}</span>
              </li>
            ))}
          </ul>
        )}
        {text && <CodeEditor label="The definition" value={text} marks={marks} onChange={(next) => { setText(next); setEdited(true); setReport(undefined); }} />}
      </div>
      <footer>
        <button class="button" onClick={close}>Cancel</button>
        <button class="button" disabled={!text || check.busy} onClick={() => check.run(text)}>Check</button>
        <button class="button primary" disabled={!report || errors > 0 || take.busy} onClick={() => take.run()}>Define it</button>
      </footer>
    </Dialog>
  );
}

function errorsOf({ findings }: ModelReport): number {
  return findings.filter(({ severity }) => severity === 'error').length;
}
