/** How many answers are kept: far more than there are views that are open at once. */
const ANSWERS_MAX = 200;

/**
 * What was answered since the last change, by what was asked. Views that are open ask for the same again and again, and most
 * of the time nothing has changed in between.
 */
export class AnswerCache<Answer> {
  private readonly answers = new Map<string, Answer>();

  /** @param asked JSON that says what was asked. */
  get(asked: string): Answer | undefined {
    return this.answers.get(asked);
  }

  /** Keeps what was just read. */
  keep(asked: string, answer: Answer): Answer {
    if (this.answers.size < ANSWERS_MAX) this.answers.set(asked, answer);
    return answer;
  }

  /** Forgets everything: something has changed. */
  clear(): void {
    if (this.answers.size > 0) this.answers.clear();
  }
}
