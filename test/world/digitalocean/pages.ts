import { z } from 'zod';
import { invalid, type Reply } from './recorded';

const Paging = z.object({ per_page: z.coerce.number().int().min(1).max(200).default(20), page: z.coerce.number().int().min(1).default(1) });

/** One page of a list under its key, with `links.pages` as far as there are others and `meta.total`. */
export function page(key: string, items: readonly unknown[], url: URL): Reply {
  const paging = Paging.safeParse(Object.fromEntries(url.searchParams));
  if (!paging.success) return invalid(z.prettifyError(paging.error));
  const { per_page: perPage, page: number } = paging.data;
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const linkTo = (to: number): string => {
    const link = new URL(url);
    link.searchParams.set('page', String(to));
    return link.toString();
  };
  const pages = {
    ...(number > 1 ? { first: linkTo(1), prev: linkTo(Math.min(number - 1, last)) } : {}),
    ...(number < last ? { last: linkTo(last), next: linkTo(number + 1) } : {}),
  };
  const links = Object.keys(pages).length === 0 ? {} : { pages };
  const shown = items.slice((number - 1) * perPage, number * perPage);
  return { status: 200, body: { [key]: shown, links, meta: { total: items.length } } };
}
