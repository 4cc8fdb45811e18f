import { createToken, type TokenType } from 'chevrotain';

/**
 * Words that are never names unless quoted. This is the only list of them: the lexer, the formatter and the docs
 * read it. A word is here only where the grammar could not be read from left to right otherwise.
 */
export const reserved = {
  query: 'SELECT FROM WHERE GROUP BY HAVING WINDOW QUALIFY ORDER LIMIT OFFSET WITH RECURSIVE VALUES EMIT AS ON USING',
  sets: 'UNION INTERSECT EXCEPT ALL DISTINCT',
  joins: 'JOIN INNER LEFT RIGHT FULL OUTER CROSS NATURAL ASOF SEMI ANTI LATERAL',
  logic: 'AND OR NOT IN IS NULL ISNULL NOTNULL LIKE GLOB REGEXP ESCAPE BETWEEN EXISTS TRUE FALSE COLLATE',
  values: 'CASE WHEN THEN ELSE END CAST INTERVAL DEFAULT OVER FILTER',
  statements: 'CREATE DROP INSERT INTO SET FOR TABLE SHELL',
} as const;

/** Words that mean something in one place and stay usable as names everywhere else. */
export const soft = {
  objects: 'SOURCE SINK STREAM VIEW COMMAND FUNCTION DATABASE JOB STATEMENT VARIABLE PROGRAM',
  create:
    'REPLACE TEMP TEMPORARY IF WATERMARK PRIMARY KEY METADATA GENERATED ALWAYS STORED VIRTUAL LATE KEEP RETURNS ENFORCED',
  verbs: 'ATTACH DETACH COPY TO EXPLAIN RESET SHOW DESCRIBE STOP PAUSE RESUME BEGIN DRAIN',
  explain: 'ANALYZE LOGICAL OPTIMIZED PHYSICAL DISTRIBUTED REWRITES JSON DOT',
  insert: 'FIRST LAST CONFLICT DO NOTHING UPDATE ABORT FAIL IGNORE',
  query:
    'MATERIALIZED POSITIONAL GROUPING SETS EXCLUDE INDEXED SYSTEM_TIME OF WITHIN DESCRIPTOR PARTITION ASC DESC NULLS FINAL CHANGES EVERY CLOSE DELAY TIMEOUT',
  pipe: 'EXTEND AGGREGATE CALL RENAME ASSERT FORK TEE SPLIT',
  frames: 'ROWS RANGE GROUPS PRECEDING FOLLOWING UNBOUNDED CURRENT ROW NO OTHERS TIES',
  types:
    'TIMESTAMP DATE TIME ZONE LOCAL WITHOUT PRECISION VARYING TRY_CAST EXTRACT POSITION TRIM BOTH LEADING TRAILING',
  units: 'MICROSECOND MILLISECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR',
  manyUnits: 'MICROSECONDS MILLISECONDS SECONDS MINUTES HOURS DAYS WEEKS MONTHS QUARTERS YEARS',
  shell:
    'INPUT OUTPUT FORMAT READS WRITES SCOPE RECORD EMITS ONE ANY FILTERS KEEPS FREE SORTED NEEDS TOOLS FILES HOST CWD',
  promises:
    'MAP FLATMAP SORT EFFECT EXCLUSIVE DETERMINISTIC STABLE VOLATILE IDEMPOTENT TOTAL ONLINE FLUSHES EFFECTS NONE',
  combine: 'COMBINE PARTIAL FINISH COMMUTES EXIT OK MARKER REPLY SKIP ERROR ENCODING INHERIT EARLIEST LATEST',
  running: 'SELECTIVITY COST STARTUP MODE DAEMON BATCH PIPE ENV RETRY STDERR LOG PARALLEL AUTO LIMITS SANDBOX BWRAP',
} as const;

type Split<S extends string, Found extends string = never> = S extends `${infer Head} ${infer Rest}`
  ? Split<Rest, Found | Head>
  : Found | S;
type Values<T> = T[keyof T] & string;
export type Reserved = Split<Values<typeof reserved>>;
export type Soft = Split<Values<typeof soft>>;

export const reservedWords: ReadonlySet<string> = new Set(Object.values(reserved).flatMap((words) => words.split(' ')));

// Plain objects in place of `createToken`, which costs 10 ms for so many words; the parser completes them all at once.
// It must find one category in use when it starts: that of QuotedIdent.
const token = (name: string, categories: TokenType[] = []): TokenType => ({ name, CATEGORIES: categories });

/** Any word, reserved ones too: what may stand where only a name can, such as the left of `=` in WITH (..). */
export const Word = token('Word');
/** A name: bare, quoted, or a soft word. */
export const Ident = token('Ident', [Word]);

const tokensOf = (groups: Readonly<Record<string, string>>, category: TokenType): [string, TokenType][] =>
  Object.values(groups).flatMap((words) => words.split(' ').map((w): [string, TokenType] => [w, token(w, [category])]));

/** The token type of every word of the language. */
export const K = Object.fromEntries([...tokensOf(reserved, Word), ...tokensOf(soft, Ident)]) as Readonly<
  Record<Reserved | Soft, TokenType>
>;
export const wordTypes: ReadonlyMap<string, TokenType> = new Map(Object.entries(K));

const sign = (name: string, label: string): TokenType => ({ ...token(name), LABEL: label });

/** Every other token. A sign carries its spelling as its label. */
export const T = {
  QuotedIdent: createToken({ name: 'QuotedIdent', categories: [Ident] }),
  /** A word before `=>` or `:=`: the name of an argument, whatever word it is. */
  ArgName: token('ArgName'),
  /** One whole statement that is handed to SQLite as it stands. */
  SqliteText: token('SqliteText'),
  Text: token('Text'),
  EscapedText: token('EscapedText'),
  DollarText: token('DollarText'),
  Blob: token('Blob'),
  Number: token('Number'),
  Range: token('Range'),
  Param: token('Param'),
  Pipe: sign('Pipe', '|>'),
  Named: sign('Named', '=>'),
  DoubleColon: sign('DoubleColon', '::'),
  Concat: sign('Concat', '||'),
  Arrow: sign('Arrow', '->'),
  ArrowText: sign('ArrowText', '->>'),
  ShiftLeft: sign('ShiftLeft', '<<'),
  ShiftRight: sign('ShiftRight', '>>'),
  LessEqual: sign('LessEqual', '<='),
  GreaterEqual: sign('GreaterEqual', '>='),
  NotEqual: sign('NotEqual', '<>'),
  Equal: sign('Equal', '='),
  Less: sign('Less', '<'),
  Greater: sign('Greater', '>'),
  BitAnd: sign('BitAnd', '&'),
  BitOr: sign('BitOr', '|'),
  Tilde: sign('Tilde', '~'),
  Plus: sign('Plus', '+'),
  Minus: sign('Minus', '-'),
  Star: sign('Star', '*'),
  Slash: sign('Slash', '/'),
  Percent: sign('Percent', '%'),
  Open: sign('Open', '('),
  Close: sign('Close', ')'),
  OpenBracket: sign('OpenBracket', '['),
  CloseBracket: sign('CloseBracket', ']'),
  Comma: sign('Comma', ','),
  Semicolon: sign('Semicolon', ';'),
  Dot: sign('Dot', '.'),
} as const satisfies Readonly<Record<string, TokenType>>;

/** The token type of every sign as written; three have a second spelling. */
export const signs: ReadonlyMap<string, TokenType> = new Map([
  ...Object.values(T).flatMap((t): [string, TokenType][] => (t.LABEL === undefined ? [] : [[t.LABEL, t]])),
  ['!=', T.NotEqual],
  ['==', T.Equal],
  [':=', T.Named],
]);

export const vocabulary: TokenType[] = [Word, Ident, ...Object.values(T), ...wordTypes.values()];
