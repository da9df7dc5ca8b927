// Which line of a script a value comes from: the innermost caller that is not one of our own files.

/** `at name (FILE:LINE:COLUMN)`, as V8 and QuickJS write it; the column may be missing. */
const FRAME = /([^\s()]+?):(\d+)(?::\d+)?\)?$/;

/** From 1; null where the host says nothing of its stack. */
export function callerLine(): number | null {
  const frames = (new Error().stack ?? "").split("\n").flatMap((text) => {
    const [, file, line] = FRAME.exec(text) ?? [];
    return file === undefined ? [] : [{ folder: folderOf(file), line: Number(line) }];
  });
  return frames.find(({ folder }) => folder !== frames[0]?.folder)?.line ?? null;
}

const folderOf = (file: string): string => file.slice(0, file.lastIndexOf("/") + 1);
