// SPDX-License-Identifier: Apache-2.0
// The messages between the server and one device, decoded, while they are recorded.
import { useEffect, useRef, useState } from 'preact/hooks';
import { call, urlOf } from '../../api/call';
import type { Message } from '../../api/shapes';
import { asProblem, isAbort, type Problem } from '../../api/problem';
import { useRemote } from '../../api/remote';
import { mayOperate } from '../../app/session';
import { attempt } from '../../app/toasts';
import { Empty, Loading } from '../../parts/empty';
import { Switch } from '../../parts/field';
import { Icon } from '../../parts/icon';
import { Until } from '../../parts/now';
import { ProblemNote } from '../../parts/problem_note';
import { bytesOfHex, hexDump } from '../../text/bytes';
import { bytes, clock, count, scalar, unit } from '../../text/format';

const kept = 1000;

/** Newest first; goes on asking while the page is on view. */
function useMessages(endpoint: string, running: boolean) {
  const [state, setState] = useState<{ messages: Message[]; problem?: Problem; loaded: boolean }>({ messages: [], loaded: false });
  const after = useRef<number | undefined>(undefined);
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      try {
        const query = { after: after.current, limit: 500 };
        const answer = await call('GET /api/v1/devices/{endpoint}/messages', { at: { endpoint }, query, signal: abort.signal });
        after.current = answer.next ?? after.current;
        setState((old) => ({ messages: [...answer.messages.slice().reverse(), ...old.messages].slice(0, kept), loaded: true }));
      } catch (error) {
        if (isAbort(error)) return;
        setState((old) => ({ ...old, problem: asProblem(error), loaded: true }));
      }
      if (running && !abort.signal.aborted) timer = setTimeout(ask, 1000);
    };
    void ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [endpoint, running]);
  return { ...state, clear: () => setState({ messages: [], loaded: true }) };
}

export function MessagesTab({ endpoint }: { endpoint: string }) {
  const capture = useRemote((signal) => call('GET /api/v1/devices/{endpoint}/capture', { at: { endpoint }, signal }), [endpoint], 10_000);
  const { messages, problem, loaded, clear } = useMessages(endpoint, capture.data?.enabled ?? false);
  const [open, setOpen] = useState<number | undefined>();
  const [filter, setFilter] = useState('');
  const enabled = capture.data?.enabled ?? false;

  const record = async (on: boolean) => {
    const body = on ? { enabled: true, minutes: 30 } : { enabled: false };
    const done = on ? 'Messages are recorded for 30 minutes' : 'Messages are recorded no more';
    if (await attempt(() => call('PUT /api/v1/devices/{endpoint}/capture', { at: { endpoint }, body }), done)) capture.reload();
  };
  const words = filter.toLowerCase();
  const shown = words ? messages.filter(({ summary, code, type }) => `${type} ${code} ${summary}`.toLowerCase().includes(words)) : messages;
  return (
    <section class="panel messages">
      <header>
        {mayOperate.value && <Switch label="Record" checked={enabled} onChange={record} />}
        {enabled && capture.data?.until && <span class="faint small">ends <Until time={capture.data.until} /></span>}
        {capture.data && capture.data.messages > 0 && <span class="faint small">{count(capture.data.messages)} kept, {bytes(capture.data.bytes)}</span>}
        <div class="actions">
          <input class="input short" placeholder="Filter" aria-label="Filter messages" data-search value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
          <button class="button little" onClick={clear}>Clear</button>
          <a class="button little" href={urlOf('/api/v1/devices/{endpoint}/messages.pcapng', { endpoint })} download={`${endpoint.replace(/[^\w.-]+/g, '-')}.pcapng`}>
            <Icon name="down" />pcapng
          </a>
        </div>
      </header>
      {(problem ?? capture.problem) && <div class="body"><ProblemNote problem={problem ?? capture.problem} retry={capture.reload} /></div>}
      {!loaded && <Loading what="messages" />}
      {loaded && shown.length === 0 && !problem && (
        <Empty title={enabled ? 'No message yet' : 'Messages are not recorded'} command={enabled ? undefined : `linnet device messages ${endpoint} --follow`}>
          {enabled ? 'They appear here as they pass, decrypted and decoded.' : 'Switch on Record to see what passes between the server and this device, decrypted and decoded.'}
        </Empty>
      )}
      {shown.map((message) => (
        <Row key={message.number} message={message} open={open === message.number} onToggle={() => setOpen(open === message.number ? undefined : message.number)} />
      ))}
    </section>
  );
}

function Row({ message, open, onToggle }: { message: Message; open: boolean; onToggle(): void }) {
  const incoming = message.direction === 'in';
  return (
    <div class="message">
      <button aria-expanded={open} onClick={onToggle}>
        <time class="faint small">{clock(message.time, true)}</time>
        <span class={incoming ? 'in' : 'out'} title={incoming ? 'from the device' : 'to the device'}><Icon name={incoming ? 'in' : 'out'} /></span>
        <span class="faint small small-away">{message.type}</span>
        <span class="mono small">{message.code}</span>
        <span class="cut">{message.summary}</span>
        <span class="num faint small small-away">{message.bytes} B</span>
      </button>
      {open && <Detail message={message} />}
    </div>
  );
}

function Detail({ message }: { message: Message }) {
  const raw = bytesOfHex(message.hex);
  return (
    <div class="detail">
      <div class="stack">
        <dl class="facts">
          <dt>Type</dt><dd>{message.type}</dd>
          <dt>Code</dt><dd>{message.code}</dd>
          <dt>Message id</dt><dd>{message.messageId}</dd>
          <dt>Token</dt><dd class="mono small">{message.token || '–'}</dd>
          <dt>Address</dt><dd>{message.address}{message.secured ? ', secured' : ', not secured'}</dd>
          {message.options.map(({ name, value }, at) => <><dt key={at}>{name}</dt><dd>{String(value)}</dd></>)}
        </dl>
        {message.values && message.values.length > 0 && (
          <dl class="facts">
            {message.values.map((one) => (
              <><dt key={one.path} class="mono small">{one.path}</dt><dd>{one.error ? <span class="bad">{one.error}</span> : <>{scalar(one.value, one.type)} {unit(one.unit)}</>} <span class="faint">{one.name}</span></dd></>
            ))}
          </dl>
        )}
      </div>
      <div class="stack">
        {message.leftOut && <div class="notice"><Icon name="alert" /><span>{message.leftOut}</span></div>}
        {message.payload !== undefined && <pre class="code wrap">{message.payload}</pre>}
        {raw && <pre class="code">{hexDump(raw)}</pre>}
      </div>
    </div>
  );
}
