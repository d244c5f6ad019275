/** The token lives as long as the tab: not in localStorage, not in a cookie, not in the address. */
const KEY = 'trawl-token';

export const session = {
  token: (): string | undefined => sessionStorage.getItem(KEY) ?? undefined,
  keep: (token: string): void => sessionStorage.setItem(KEY, token),
  forget: (): void => sessionStorage.removeItem(KEY),
};
