/** Whether a time is there: NaN in columns means 'not yet'. */
export function isKnown(seconds: number | null | undefined): seconds is number {
  return seconds !== null && seconds !== undefined && !Number.isNaN(seconds);
}
