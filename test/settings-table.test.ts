// The table of settings in grammar/reference.md says of each what the code says.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { settings, settingText, type SettingSpec } from '../src/bind/settings.ts';

const reference = readFileSync('grammar/reference.md', 'utf8');

const takes: Readonly<Record<SettingSpec['type'], string>> = {
  switch: '`on`, `off`',
  count: 'a whole number above 0',
  size: "bytes, `'512 MB'`",
  duration: "ms, `'5 s'`",
  share: '0 to 1',
  zone: 'a zone or an offset',
  text: 'a text',
};

const rowOf = ([name, { type, oneOf, default: otherwise, doc }]: [string, SettingSpec]): string => {
  const values = oneOf?.map((word) => `\`${word}\``).join(', ') ?? takes[type];
  return `| \`${name}\` | ${values} | ${otherwise === '' ? '' : `\`${otherwise}\``} | ${doc} |`;
};

test('each setting has its row, and no other is there', () => {
  const section = reference.split('\n### Settings\n')[1]!.split(/\n##+ /)[0]!;
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(Object.entries(settings).map(rowOf));
});

test.each(Object.entries(settings))('%s takes its default, and nothing that it does not know', (_name, spec) => {
  if (spec.type !== 'text' || spec.oneOf !== undefined)
    expect(settingText(spec, 'no such value')).toHaveProperty('expected');
  const isNone = spec.default === '0' && spec.type === 'size';
  if (!isNone) expect(settingText(spec, spec.default)).toEqual({ text: spec.default });
});
