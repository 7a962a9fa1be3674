// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { useAction } from '../api/remote';
import { sessionProblem, signIn } from '../app/session';
import { Command } from '../parts/empty';
import { Field } from '../parts/field';
import { Bird } from '../parts/icon';
import { ProblemNote } from '../parts/problem_note';

export function SignInPage() {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const enter = useAction(() => signIn(user, password));
  return (
    <main class="sign-in">
      <div class="box">
        <div class="brand"><Bird />linnet</div>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void enter.run();
          }}
        >
          <ProblemNote problem={enter.problem ?? sessionProblem.value} />
          <Field label="User">
            {(id) => <input id={id} class="input" name="user" autocomplete="username" autofocus required value={user} onInput={(event) => setUser(event.currentTarget.value)} />}
          </Field>
          <Field label="Password">
            {(id) => <input id={id} class="input" name="password" type="password" autocomplete="current-password" required value={password} onInput={(event) => setPassword(event.currentTarget.value)} />}
          </Field>
          <button class="button primary" disabled={enter.busy}>Sign in</button>
        </form>
        <div class="stack tight small muted">
          <span>No user yet? On the server's machine, this makes a link that signs you in:</span>
          <Command text="linnet console" />
        </div>
      </div>
    </main>
  );
}
