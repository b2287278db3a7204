/**
 * JSON that is still text: who carries it out reads it, strictly (`parseSentJson`). So what only passes on what somebody
 * has sent need not read it, nor write it anew.
 */
export class JsonText {
  constructor(readonly text: string) {}
}
