import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorSites } from './support/error-sites.ts';

// Every fault that the binder can report is shown by a case: no message is seen first by a user.
const cases = join(import.meta.dirname, 'cases/errors');
const shown = readdirSync(cases).flatMap((file) =>
  [...readFileSync(join(cases, file), 'utf8').matchAll(/^error\[(E\d+)\]: (.*)$/gm)].map(
    ([, code, message]) => [code!, message!] as const,
  ),
);
const sites = errorSites(join(import.meta.dirname, '../src/bind'));

test('the places are found', () => {
  expect(sites.length).toBeGreaterThan(220);
});

test.each(sites.map((site) => [`${site.place} ${site.code} ${site.message.source}`, site] as const))(
  '%s has a case in test/cases/errors',
  (_name, { code, message }) => {
    expect(shown.filter(([c, text]) => c === code && message.test(text)).length).toBeGreaterThan(0);
  },
);
