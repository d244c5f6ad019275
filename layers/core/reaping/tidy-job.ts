/** The daily job that removes what is old at home; it stands in no table. */
export const tidyJobId = (now: Date): string => `home.${now.toISOString().slice(0, 10).replaceAll('-', '')}.clean`;
export const isTidyJob = (installation: string, key: string): boolean =>
  key.startsWith(`${installation}.`) && /^home\.\d{8}\.clean$/.test(key.slice(installation.length + 1));
