/**
 * Every kind of fault that ssql reports, by its code. A code is never reused, and each has a case in
 * `test/cases/errors` (faults of query text) or in a test that runs it (faults met while running).
 * E01 text, E02 types and functions, E03 names, E04 declarations, E05 running, E06 databases, E07 data.
 */
export const codes = {
  E0101: 'syntax error',
  E0102: 'a character or literal that is not part of the language',
  E0103: 'text that does not end: a quote, a comment or a dollar quote is open',
  E0201: 'wrong number or kind of arguments',
  E0202: 'an aggregate where none may stand',
  E0203: 'a value that does not fit',
  E0204: 'not part of this release',
  E0301: 'unknown column',
  E0302: 'unknown table, source, view or stream',
  E0303: 'unknown function',
  E0304: 'unknown command',
  E0305: 'ambiguous column',
  E0306: 'a name that exists already',
  E0307: 'unknown setting',
  E0308: 'unknown option',
  E0309: 'a parameter without a value',
  E0310: 'unknown connector or format',
  E0311: 'unknown collation or type',
  E0401: 'declarations of a command that contradict each other',
  E0402: 'a declaration that lacks what it needs',
  E0403: 'a program of a SHELL command that cannot be found',
  E0404: 'SHELL text that the shell cannot parse',
  E0405: 'a target that cannot take these rows',
  E0406: 'a column used after a SHELL command that does not carry it',
  E0501: 'a SHELL command failed',
  E0502: 'the output of a SHELL command breaks its declaration',
  E0503: 'the output of a SHELL command cannot be decoded',
  E0504: 'a value that cannot be sent to a SHELL command',
  E0505: 'time limit reached',
  E0506: 'stopped by the user',
  E0507: 'number out of range',
  E0601: 'a database that cannot be opened',
  E0602: 'a database that stayed locked',
  E0603: 'a database refused the rows',
  E0604: 'progress recorded in the database does not fit this query',
  E0701: 'a file that cannot be read or written',
  E0702: 'a row that cannot be decoded',
  E0703: 'a record that is too long',
  E0801: 'a plan file that cannot be read',
  E0999: 'internal error',
} as const;

export type Code = keyof typeof codes;
