import type { Page } from 'playwright-core';

/** What WCAG asks of text of ordinary size. */
const LEAST = 4.5;

/** Texts whose contrast to what is behind them is too small, with the ratio. */
export const faintTexts = (page: Page): Promise<readonly string[]> =>
  page.evaluate((least) => {
    const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (color: string): number => {
      const linear = (value: number): number => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
      const [red = 0, green = 0, blue = 0] = channels(color).map((value) => linear(value / 255));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element: Element | null): string => {
      if (!element) return 'rgb(255, 255, 255)';
      const color = getComputedStyle(element).backgroundColor;
      return (channels(color)[3] ?? 1) === 0 ? behind(element.parentElement) : color;
    };
    const texts = [...document.querySelectorAll('main *')].filter((element) =>
      [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? '').trim() !== ''),
    );
    return texts.flatMap((element) => {
      const [dark = 0, light = 0] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => a - b);
      const ratio = (light + 0.05) / (dark + 0.05);
      return ratio < least ? [`${ratio.toFixed(2)}: ${element.textContent}`] : [];
    });
  }, LEAST);
