import { buildSync } from 'esbuild';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = 'functions/serve-page/page';
/** The icon of the tab stands in the page, as everything else does. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M1 3h14l-5 6v5l-4-2V9z" fill="#2f6f8f"/></svg>',
)}`;

/** The status page as one file without anything external: script and style stand inside. */
export function pageHtml(projectRoot: string): string {
  const { outputFiles } = buildSync({
    absWorkingDir: projectRoot,
    entryPoints: [`${PAGE}/main.tsx`],
    bundle: true,
    write: false,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    minify: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // The page's tsconfig is for the editor and tsc; esbuild would look for it beside each file.
    tsconfigRaw: {},
    logLevel: 'error',
  });
  const script = (outputFiles[0]?.text ?? '').trim().replaceAll('</script', '<\\/script');
  const style = readFileSync(join(projectRoot, PAGE, 'page.css'), 'utf8').trim();
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Trawl</title>',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
    `<link rel="icon" href="${ICON}"><style>${style}</style></head>`,
    `<body><noscript>This page needs JavaScript; <code>trawl status</code> shows the same.</noscript><main id="page"></main><script>${script}</script></body></html>\n`,
  ].join('\n');
}

/** Puts the page beside the bundle of the function that serves it. */
export function bundlePage(projectRoot: string, outDir: string): void {
  const folder = join(outDir, 'serve-page');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'page.html'), pageHtml(projectRoot));
}
