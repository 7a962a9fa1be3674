// SPDX-License-Identifier: Apache-2.0
import { render } from 'preact';
import { App } from './app/app';
import { followLinks } from './app/router';
import { resumeSession } from './app/session';
import './app/theme';
import './style/tokens.css';
import './style/base.css';
import './style/controls.css';
import './style/shell.css';
import './style/content.css';
import './style/device.css';

followLinks();
void resumeSession();
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#code=')) void resumeSession(); // a sign-in link in a tab that is open
});
render(<App />, document.getElementById('app')!);
