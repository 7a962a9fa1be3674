// SPDX-License-Identifier: Apache-2.0
// Serves the mock under Vite, for development and for pictures.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connect, Plugin } from 'vite';
import { answer, event } from './routes';
import { valueAt } from './world';

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const part of request) text += part;
  return request.headers['content-type']?.includes('application/json') && text ? JSON.parse(text) : text;
}

function stream(query: URLSearchParams, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write('event: hello\ndata: {}\n\n');
  const types = (query.get('type') ?? '').split(',');
  const endpoint = query.get('endpoint');
  const send = (what: { id: string; type: string }) => {
    if (types.includes(what.type)) response.write(`id: ${what.id}\nevent: ${what.type}\ndata: ${JSON.stringify(what)}\n\n`);
  };
  const timer = setInterval(() => {
    const time = Date.now() / 1000;
    if (!endpoint) return send(event(time));
    const values = ['/3303/0/5700', '/3303/1/5700'].map((path) => ({ path, name: 'Sensor Value', unit: 'Cel', type: 'float', value: valueAt(path, time) }));
    send({ id: String(time), type: 'value', time, endpoint, paths: values.map(({ path }) => path), values } as never);
  }, 1000);
  response.on('close', () => clearInterval(timer));
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url!, 'http://mock');
  const signedIn = request.headers.cookie?.includes('linnet_session=mock');
  const opening = url.pathname === '/api/v1/session' && request.method === 'POST';
  if (url.pathname === '/version') {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"name":"linnet","version":"0.1.0","api":"v1"}');
    return;
  }
  if (!signedIn && !opening) {
    const said = { type: 'urn:linnet:problem:unauthorized', title: 'Not signed in', status: 401, detail: 'Sign in first.' };
    response.writeHead(401, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify(said));
    return;
  }
  if (url.pathname === '/api/v1/events') return stream(url.searchParams, response);
  const given = await answer({ method: request.method!, path: url.pathname, query: url.searchParams, body: await bodyOf(request) });
  if (given.signIn !== undefined) response.setHeader('Set-Cookie', `linnet_session=${given.signIn ? 'mock' : ''}; Path=/; HttpOnly; SameSite=Strict`);
  response.writeHead(given.status, { 'Content-Type': given.status < 400 ? 'application/json' : 'application/problem+json' });
  response.end(given.body === undefined ? undefined : JSON.stringify(given.body));
}

export function mock(): Plugin {
  const use: Connect.NextHandleFunction = (request, response, next) => {
    if (/^\/(api\/|version$)/.test(request.url ?? '')) serve(request, response).catch(next);
    else next();
  };
  return {
    name: 'linnet-mock',
    configureServer: (server) => void server.middlewares.use(use),
    configurePreviewServer: (server) => void server.middlewares.use(use),
  };
}
