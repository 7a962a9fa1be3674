// SPDX-License-Identifier: Apache-2.0
// Asks before something is done that cannot be undone. The dialog is in confirm_dialog.tsx.
import { signal } from '@preact/signals';

export interface Question {
  title: string;
  text: string;
  /** The word on the button. */
  action: string;
  /** The word on the button that leaves everything as it is. */
  stay?: string;
  /** Has to be typed, where a slip would be dear. */
  type?: string;
  answer(yes: boolean): void;
}

export const question = signal<Question | undefined>(undefined);

export function confirm(what: Omit<Question, 'answer'>): Promise<boolean> {
  question.value?.answer(false);
  return new Promise((resolve) => {
    question.value = {
      ...what,
      answer: (yes) => {
        question.value = undefined;
        resolve(yes);
      },
    };
  });
}
