// SPDX-License-Identifier: Apache-2.0
import { SignInPage } from '../pages/sign_in_page';
import { session } from './session';
import { Shell } from './shell';
import { Toasts } from './toasts';

export function App() {
  if (session.value === undefined) return null; // a moment, at the start
  return (
    <>
      {session.value ? <Shell /> : <SignInPage />}
      <Toasts />
    </>
  );
}
