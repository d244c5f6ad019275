/** The daily job that removes what is old at home; it stands in no table. It names its installation: those that share a ROOT share its folders of jobs. */
export const tidyJobId = (installation: string, now: Date): string =>
  `home.${now.toISOString().slice(0, 10).replaceAll('-', '')}.${installation}.clean`;
export const isTidyJob = (installation: string, key: string): boolean =>
  key.startsWith(`${installation}.`) && /^home\.\d{8}\.[a-z0-9-]+\.clean$/.test(key.slice(installation.length + 1));
