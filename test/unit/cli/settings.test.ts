import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSettings, saveSettings } from '../../../cli/settings';

const environment = { ...process.env };
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trawl-settings-'));
  process.env = { ...environment, TRAWL_URL: '', TRAWL_TOKEN: '', XDG_CONFIG_HOME: join(folder, 'config') };
  mkdirSync(join(folder, 'project/inner'), { recursive: true });
  jest.spyOn(process, 'cwd').mockReturnValue(join(folder, 'project/inner'));
});
afterEach(() => {
  process.env = { ...environment };
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});
const userFile = () => join(folder, 'config/trawl/cli.json');
const projectFile = () => join(folder, 'project/.trawl/cli.json');

test('the environment goes before the nearest .trawl/cli.json, and that before the user’s file', () => {
  expect(findSettings).toThrow('no installation is known here');
  saveSettings(userFile(), { url: 'https://user/v1', token: 'u' });
  expect(findSettings()).toEqual({ url: 'https://user/v1', token: 'u' });
  saveSettings(projectFile(), { url: 'https://project/v1/', token: 'p' });
  expect(findSettings()).toEqual({ url: 'https://project/v1', token: 'p' });
  Object.assign(process.env, { TRAWL_URL: 'https://env/v1/', TRAWL_TOKEN: 'e\n' });
  expect(findSettings()).toEqual({ url: 'https://env/v1', token: 'e' });
});

test('a saved token is never sent to a URL from elsewhere', () => {
  saveSettings(userFile(), { url: 'https://user/v1', token: 'u' });
  process.env['TRAWL_URL'] = 'https://elsewhere';
  expect(findSettings).toThrow('TRAWL_URL is set but TRAWL_TOKEN is not');
});

test('the file with the token is readable by its owner only', () => {
  saveSettings(userFile(), { url: 'https://user/v1', token: 'u' });
  expect(statSync(userFile()).mode & 0o777).toBe(0o600);
});

test.each(['', '{', '[]', '{"url":"x","token":"t"}', '{"url":"https://a"}'])('a settings file that holds %j is named', (text) => {
  saveSettings(userFile(), { url: 'https://user/v1', token: 'u' });
  writeFileSync(userFile(), text);
  expect(findSettings).toThrow(`${userFile()} is not what "trawl init --save" writes`);
});
