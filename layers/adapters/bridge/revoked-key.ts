const MARK = /^revoked (\S+)$/;

/** What stands in the parameter of the key from `trawl cluster key revoke` on. */
export const revokedKey = (at: Date): string => `revoked ${at.toISOString()}`;

/** When the key was revoked; undefined for one that counts. Pure. */
export const revokedAt = (key: string): string | undefined => MARK.exec(key.trim())?.[1];
