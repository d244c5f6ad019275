/** What the code under test writes to standard output and error, line by line; each call of the result takes the lines since the last. */
export const captureLog = (): (() => readonly string[]) => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((text) => {
        lines.push(String(text).trimEnd());
        return true;
      });
    }
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  return () => lines.splice(0);
};
