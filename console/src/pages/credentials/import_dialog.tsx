// SPDX-License-Identifier: Apache-2.0
// Many credentials from a file: first what would come of it, then the import.
import { useState } from 'preact/hooks';
import { call } from '../../api/call';
import type { ImportReport } from '../../api/shapes';
import { ProblemError } from '../../api/problem';
import { useAction } from '../../api/remote';
import { tell } from '../../app/toasts';
import { Dialog } from '../../parts/dialog';
import { Field, Switch } from '../../parts/field';
import { ProblemNote } from '../../parts/problem_note';
import { bytes, count, plural } from '../../text/format';

/** CSV or one JSON object a line, by how it begins. */
function typeOf(text: string): string {
  return text.trimStart().startsWith('{') ? 'application/x-ndjson' : 'text/csv';
}

export function ImportDialog({ onClose, onDone }: { onClose(): void; onDone(): void }) {
  const [file, setFile] = useState<{ name: string; text: string } | undefined>();
  const [keepGoing, setKeepGoing] = useState(false);
  const [replace, setReplace] = useState(false);
  const [report, setReport] = useState<ImportReport | undefined>();

  const send = async (text: string, dryRun: boolean): Promise<ImportReport> => {
    try {
      return await call('POST /api/v1/credentials', { query: { dryRun, keepGoing, replace } as never, raw: { type: typeOf(text), body: text } }) as ImportReport;
    } catch (error) {
      // Bad lines come as a report, with status 422.
      const answer = error instanceof ProblemError ? (error.answer as ImportReport | undefined) : undefined;
      if (answer?.problems) return answer;
      throw error;
    }
  };
  const look = useAction(async (text: string) => setReport(await send(text, true)));
  const take = useAction(async () => {
    const answer = await send(file!.text, false);
    setReport(answer);
    if (!answer.imported) return;
    tell(`${plural(answer.added + answer.replaced, 'credential')} imported`);
    onDone();
    if (answer.bad === 0) onClose();
  });
  const choose = async (files: FileList | null) => {
    const chosen = files?.[0];
    if (!chosen) return;
    const text = await chosen.text();
    setFile({ name: chosen.name, text });
    setReport(undefined);
    await look.run(text);
  };
  const usable = report && (report.bad === 0 || keepGoing) && !(report.imported && !report.dryRun);
  return (
    <Dialog title="Import credentials" broad onClose={onClose}>
      <div class="body">
        <Field label="File" note="CSV with a heading (endpoint, mode, identity, key, public_key, certificate) or one JSON object a line; 10,000 lines at most. Nothing is taken before you have seen the report.">
          {(id) => <input id={id} data-first class="input file" type="file" accept=".csv,.jsonl,.ndjson,.txt" onChange={(event) => choose(event.currentTarget.files)} />}
        </Field>
        <div class="row wrap">
          <Switch label="Replace other keys of these endpoints" checked={replace} onChange={(on) => { setReplace(on); setReport(undefined); }} />
          <Switch label="Take the good lines though others are bad" checked={keepGoing} onChange={setKeepGoing} />
        </div>
        {file && !report && !look.busy && <div><button class="button" onClick={() => look.run(file.text)}>Look again</button></div>}
        <ProblemNote problem={look.problem ?? take.problem} />
        {file && report && (
          <>
            <div class="figures">
              <Figure name="Lines" amount={report.lines} aside={bytes(file.text.length)} />
              <Figure name="New" amount={report.added} />
              <Figure name="Replaced" amount={report.replaced} />
              <Figure name="Unchanged" amount={report.unchanged} />
              <Figure name="Bad" amount={report.bad} bad={report.bad > 0} />
            </div>
            <Lines lines={report.problems} severity="bad" />
            <Lines lines={report.advice ?? []} severity="warn" />
          </>
        )}
      </div>
      <footer>
        <button class="button" onClick={onClose}>Close</button>
        <button class="button primary" disabled={!usable || take.busy} onClick={() => take.run()}>Import{report ? ` ${count(report.added + report.replaced)}` : ''}</button>
      </footer>
    </Dialog>
  );
}

function Figure({ name, amount, aside, bad }: { name: string; amount: number; aside?: string; bad?: boolean }) {
  return (
    <div>
      <div class="name">{name}</div>
      <div class={bad ? 'amount bad' : 'amount'}>{count(amount)}</div>
      {aside && <div class="aside">{aside}</div>}
    </div>
  );
}

function Lines({ lines, severity }: { lines: ImportReport['problems']; severity: 'bad' | 'warn' }) {
  if (lines.length === 0) return null;
  return (
    <ul class="findings">
      {lines.slice(0, 200).map((one) => (
        <li key={`${one.line} ${one.reason}`}>
          <span class="faint">line {one.line}</span>
          <span class={severity}>{severity === 'bad' ? 'bad' : 'advice'}</span>
          <span>{one.endpoint && <span class="mono small">{one.endpoint} </span>}{one.reason}</span>
        </li>
      ))}
    </ul>
  );
}
