// SPDX-License-Identifier: Apache-2.0
// The real linnet on loopback, with ports the system chooses; ended by its own handle.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = process.env.LINNET ?? 'linnet';
const patience = 30_000;

export class Process {
  readonly lines: string[] = [];
  private readonly child: ChildProcess;
  private readonly over: Promise<void>;

  constructor(words: string[], env: Record<string, string> = {}) {
    this.child = spawn(program, words, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let rest = '';
    const take = (data: Buffer) => {
      const parts = (rest + data.toString()).split('\n');
      rest = parts.pop()!;
      this.lines.push(...parts);
    };
    this.child.stdout!.on('data', take);
    this.child.stderr!.on('data', take);
    this.over = new Promise((resolve) => this.child.on('exit', () => resolve()));
  }

  /** The match of the first line, at or behind `from`, that has the pattern in it. */
  async said(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    const end = Date.now() + patience;
    for (;;) {
      for (const line of this.lines.slice(from)) {
        const found = pattern.exec(line);
        if (found) return found;
      }
      if (Date.now() > end || this.child.exitCode !== null) {
        throw new Error(`no line with ${pattern}; there was:\n${this.lines.slice(-40).join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode === null) this.child.kill(signal);
    await this.over;
  }
}

/** A server over a store of its own, and what was started for it. */
export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), 'linnet-console-'));
  readonly others: Process[] = [];
  url = '';
  /** Signs in once. */
  link = '';
  coap = '';
  coaps = '';
  bootstrap = '';
  private process!: Process;
  private token?: string;

  static async start(...words: string[]): Promise<Server> {
    const server = new Server();
    const all = ['server', '--coap', '127.0.0.1:0', '--coaps', '127.0.0.1:0', '--http', '127.0.0.1:0', '--bootstrap', '127.0.0.1:0'];
    server.process = new Process([...all, '--store', join(server.folder, 'linnet.db'), ...words], { ...server.environment(), LINNET_REGISTRATION_AWAKE: '2' });
    const uri = async (pattern: RegExp) => (await server.process.said(pattern))[1]!;
    server.coap = await uri(/devices +(coap:\/\/\S+)/);
    server.coaps = await uri(/^ +(coaps:\/\/\S+)/);
    server.bootstrap = await uri(/bootstrap +(coap:\/\/\S+)/);
    server.url = await uri(/API +(http:\/\/\S+:\d+)\//);
    server.link = await uri(/console +(http:\/\/\S+#code=\S+)/);
    return server;
  }

  /** Nothing is left in the folders of whoever runs the tests. */
  environment(): Record<string, string> {
    return { XDG_RUNTIME_DIR: this.folder, XDG_CONFIG_HOME: this.folder, LINNET_SERVER: this.url };
  }

  start(...words: string[]): Process {
    const started = new Process(words, this.environment());
    this.others.push(started);
    return started;
  }

  /** A device that has registered; with its words, such as --interval 1. */
  async device(endpoint: string, ...words: string[]): Promise<Process> {
    const device = this.start('client', '--no-prompt', '--endpoint', endpoint, ...words, this.coap);
    await device.said(/^registered at/);
    return device;
  }

  /** `linnet words…` against this server; its standard output. */
  run(...words: string[]): string {
    const result = spawnSync(program, words, { env: { ...process.env, ...this.environment() }, encoding: 'utf8', timeout: patience });
    if (result.status !== 0) throw new Error(`linnet ${words.join(' ')}: ${result.stderr || result.stdout}`);
    return result.stdout;
  }

  /** A request as an admin, with the token that the server leaves for its own user. */
  ask(method: string, path: string, body?: unknown): Promise<Response> {
    this.token ??= readFileSync(`${join(this.folder, 'linnet.db')}-admin-token`, 'utf8').trim();
    return fetch(this.url + path, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  async stop(): Promise<void> {
    for (const other of this.others) await other.stop();
    await this.process.stop();
    rmSync(this.folder, { recursive: true });
  }
}
