// SPDX-License-Identifier: Apache-2.0
// The requests a device would get, one after the other.
import { useEffect, useState } from 'preact/hooks';
import { call, type Answer } from '../../api/call';
import { useAction } from '../../api/remote';
import { Field } from '../../parts/field';
import { ProblemNote } from '../../parts/problem_note';
import { bytesOfHex, hexDump } from '../../text/bytes';
import { scalar, unit } from '../../text/format';

type Preview = Answer<'POST /api/v1/bootstrap/configurations/{name}/preview'>;

export function PreviewPanel({ name, patterns, ready }: { name: string; patterns: string[]; ready: boolean }) {
  const [endpoint, setEndpoint] = useState(patterns[0]?.replace('*', 'example') ?? 'example');
  const [version, setVersion] = useState('1.1');
  const [preview, setPreview] = useState<Preview | undefined>();
  const show = useAction(async () => {
    const body = { endpoint, version };
    setPreview(await call('POST /api/v1/bootstrap/configurations/{name}/preview', { at: { name }, body }));
  });
  useEffect(() => {
    setPreview(undefined);
    if (ready && endpoint) void show.run();
  }, [ready, name]);
  return (
    <section class="panel">
      <header><h2>What a device would be told</h2></header>
      <div class="body">
        <form
          class="row wrap"
          onSubmit={(event) => {
            event.preventDefault();
            void show.run();
          }}
        >
          <div class="grow">
            <Field label="Endpoint">{(id) => <input id={id} class="input" required value={endpoint} spellcheck={false} onInput={(event) => setEndpoint(event.currentTarget.value)} />}</Field>
          </div>
          <Field label="LwM2M">
            {(id) => <select id={id} class="select" value={version} onChange={(event) => setVersion(event.currentTarget.value)}><option>1.0</option><option>1.1</option><option>1.2</option></select>}
          </Field>
          <Field label=" ">{(id) => <button id={id} class="button" disabled={!ready || show.busy}>Preview</button>}</Field>
        </form>
        {!ready && <span class="faint small">Save first: the preview is of what the server has.</span>}
        <ProblemNote problem={show.problem} />
        {preview && <Steps preview={preview} />}
      </div>
    </section>
  );
}

function Steps({ preview }: { preview: Preview }) {
  return (
    <>
      {preview.selected !== preview.configuration && (
        <div class="notice">{preview.selected ? `This endpoint really gets ${preview.selected}.` : 'No configuration is for this endpoint.'}</div>
      )}
      <ol class="requests">
        {preview.steps.map((step, at) => (
          <li key={at}>
            <details>
              <summary>
                <span class="badge">{step.method}</span> <span class="mono">{step.path}</span>{' '}
                <span class="faint small">{[step.operation, step.format, step.bytes !== undefined && `${step.bytes} bytes`].filter(Boolean).join(' · ')}</span>
              </summary>
              <div class="stack">
                {step.values && step.values.length > 0 && (
                  <dl class="facts">
                    {step.values.map((one) => (
                      <><dt class="mono small" key={one.path}>{one.path}</dt><dd>{scalar(one.value, one.type)} {unit(one.unit)} <span class="faint">{one.name}</span></dd></>
                    ))}
                  </dl>
                )}
                {step.payload && <pre class="code">{dump(step.payload)}</pre>}
              </div>
            </details>
          </li>
        ))}
      </ol>
    </>
  );
}

/** Secrets come as asterisks, which are no hex. */
function dump(payload: string): string {
  const bytes = bytesOfHex(payload);
  return bytes ? hexDump(bytes) : payload;
}
