import type { Span } from '../base/span.ts';

/** A query text as written: no name is resolved here and no type known. Every node says where it stands. */
export interface Script {
  readonly kind: 'script';
  readonly span: Span;
  readonly statements: readonly Statement[];
}

/** An identifier as it counts: quotes removed, case kept (names compare without case). */
export interface Name {
  readonly span: Span;
  readonly text: string;
  /** Written in quotes: then never a keyword such as TRUE, nor (unlike in SQLite) a string. */
  readonly quoted: boolean;
}
/** `a`, `a.b`, `a.b.c`: at least one part. */
export interface QName {
  readonly span: Span;
  readonly parts: readonly Name[];
}
/** `name = value` of WITH (..), ENV (..), FORMAT x(..); dotted names keep their dots. */
export interface Option {
  readonly span: Span;
  readonly name: string;
  readonly value: Expr;
}
export interface TypeName {
  readonly span: Span;
  /** Upper case, with its arguments left out. */
  readonly name: string;
  readonly args: readonly number[];
}
export interface TypedColumn {
  readonly span: Span;
  readonly name: Name;
  readonly type: TypeName;
  readonly default?: Expr;
  readonly notNull?: true;
}

// ── statements ──────────────────────────────────────────────────────────────────────────────────────────────────────

export type Statement =
  | CreateSource
  | CreateSink
  | CreateStream
  | CreateView
  | CreateCommand
  | CreateFunction
  | CreateTable
  | Drop
  | Attach
  | Detach
  | Insert
  | InsertFirst
  | Copy
  | Explain
  | SetStatement
  | Reset
  | Show
  | Describe
  | JobStatement
  | StatementSet
  | QueryStatement
  | Passthrough;

interface CreateNode<K extends string> {
  readonly kind: K;
  readonly span: Span;
  readonly name: QName;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
}
export interface SourceColumn {
  readonly span: Span;
  readonly name: Name;
  readonly type?: TypeName;
  readonly notNull: boolean;
  readonly primaryKey: boolean;
  readonly default?: Expr;
  /** METADATA [FROM 'x']: true for the column's own name. */
  readonly metadata?: string | true;
  /** A computed column: `AS (expr)`. */
  readonly as?: Expr;
}
export interface Watermark {
  readonly span: Span;
  readonly column: QName;
  readonly as?: Expr;
  readonly late?: { readonly action: 'drop' | 'keep' } | { readonly action: 'into'; readonly sink: QName };
}
export interface ColumnList {
  readonly columns: readonly SourceColumn[];
  readonly watermark?: Watermark;
  readonly primaryKey?: readonly Name[];
}
export interface CreateSource extends CreateNode<'create source'> {
  readonly columns?: ColumnList;
  readonly options: readonly Option[];
}
export interface CreateSink extends CreateNode<'create sink'> {
  readonly columns?: ColumnList;
  readonly options: readonly Option[];
  readonly query?: Query;
}
export interface CreateStream extends CreateNode<'create stream'> {
  readonly query: Query;
}
export interface CreateView extends CreateNode<'create view'> {
  readonly columns?: readonly Name[];
  readonly query: Query;
}
export interface CreateCommand extends CreateNode<'create command'> {
  readonly columns?: readonly TypedColumn[];
  readonly shell: ShellSpec;
}
export interface CreateFunction extends CreateNode<'create function'> {
  readonly parameters: readonly TypedColumn[];
  readonly returns: TypeName;
  readonly body: { readonly shell: ShellSpec } | { readonly expr: Expr };
}
/** CREATE TABLE of ssql's own form is handed to SQLite: see `Passthrough`; this is CREATE TABLE .. AS query. */
export interface CreateTable extends CreateNode<'create table'> {
  readonly temporary: boolean;
  readonly query: Query;
}
export interface Drop {
  readonly kind: 'drop';
  readonly span: Span;
  readonly what: 'source' | 'sink' | 'stream' | 'view' | 'command' | 'function' | 'job';
  readonly ifExists: boolean;
  readonly name: QName;
}
export interface Attach {
  readonly kind: 'attach';
  readonly span: Span;
  readonly ifNotExists: boolean;
  readonly file: Expr;
  readonly name: Name;
  /** READ_ONLY, TYPE sqlite, ..: the value is absent for a bare word. */
  readonly options: readonly { readonly span: Span; readonly name: string; readonly value?: Expr }[];
}
export interface Detach {
  readonly kind: 'detach';
  readonly span: Span;
  readonly name: Name;
}
export interface Insert {
  readonly kind: 'insert';
  readonly span: Span;
  readonly or?: 'replace' | 'ignore' | 'abort' | 'fail';
  readonly target: Target;
  readonly query: Query;
  readonly onConflict?: OnConflict;
}
export type Target =
  | { readonly kind: 'relation'; readonly span: Span; readonly name: QName; readonly columns?: readonly Name[] }
  | { readonly kind: 'shell target'; readonly span: Span; readonly shell: ShellSpec };
export interface OnConflict {
  readonly span: Span;
  readonly columns?: readonly Name[];
  /** Absent: DO NOTHING. */
  readonly set?: readonly { readonly column: Name; readonly value: Expr }[];
  readonly where?: Expr;
}
/** INSERT FIRST | ALL WHEN .. THEN INTO .. [ELSE INTO ..] query */
export interface InsertFirst {
  readonly kind: 'insert first';
  readonly span: Span;
  readonly all: boolean;
  readonly branches: readonly { readonly when: Expr; readonly targets: readonly Target[] }[];
  readonly otherwise?: Target;
  readonly query: Query;
}
export interface Copy {
  readonly kind: 'copy';
  readonly span: Span;
  readonly from: Query | QName;
  readonly to: { readonly span: Span; readonly program: boolean; readonly text: string };
  readonly options: readonly { readonly span: Span; readonly name: string; readonly value?: Expr }[];
}
export interface Explain {
  readonly kind: 'explain';
  readonly span: Span;
  /** ANALYZE, LOGICAL, OPTIMIZED, PHYSICAL, DISTRIBUTED, REWRITES, JSON, DOT: upper case, as written. */
  readonly words: readonly string[];
  readonly statement: Statement;
}
export interface SetStatement {
  readonly kind: 'set';
  readonly span: Span;
  readonly variable: boolean;
  readonly name: QName;
  readonly value: Expr;
}
export interface Reset {
  readonly kind: 'reset';
  readonly span: Span;
  /** Absent: all settings. */
  readonly name?: QName;
}
export interface Show {
  readonly kind: 'show';
  readonly span: Span;
  /** SOURCES, STREAMS, .. or ALL: upper case. */
  readonly what: string;
}
export interface Describe {
  readonly kind: 'describe';
  readonly span: Span;
  readonly table: TableName | TableFile | TableQuery;
}
export interface JobStatement {
  readonly kind: 'job';
  readonly span: Span;
  readonly action: 'stop' | 'pause' | 'resume';
  readonly job: string;
  readonly drain: boolean;
}
export interface StatementSet {
  readonly kind: 'statement set';
  readonly span: Span;
  readonly inserts: readonly Statement[];
}
export interface QueryStatement {
  readonly kind: 'query';
  readonly span: Span;
  readonly query: Query;
}
/** Text that SQLite executes as it stands: CREATE TABLE/INDEX/TRIGGER, UPDATE, DELETE, ALTER, PRAGMA, BEGIN, .. */
export interface Passthrough {
  readonly kind: 'passthrough';
  readonly span: Span;
  /** First word, upper case. */
  readonly verb: string;
  readonly sql: string;
}

// ── queries ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `[WITH ..] body [ORDER BY] [LIMIT] {|> op} [EMIT]`; the pipe operators apply last, in order. */
export interface Query {
  readonly kind: 'full query';
  readonly span: Span;
  readonly recursive: boolean;
  readonly with: readonly Cte[];
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  readonly limit?: Limit;
  readonly pipes: readonly PipeOp[];
  readonly emit?: Emit;
}
export interface Cte {
  readonly span: Span;
  readonly name: Name;
  readonly columns?: readonly Name[];
  readonly query: Query;
}
export type QueryBody =
  Select | FromFirst | ValuesBody | SetOp | { readonly kind: 'nested'; readonly span: Span; readonly query: Query };
export interface Select {
  readonly kind: 'select';
  readonly span: Span;
  readonly distinct: boolean;
  readonly distinctOn?: readonly Expr[];
  readonly items: readonly Item[];
  readonly from: readonly TableRef[];
  readonly where?: Expr;
  /** GROUP BY ALL is 'all'; absent: no GROUP BY. */
  readonly groupBy?: readonly Expr[] | 'all';
  /** GROUPING SETS, ROLLUP and CUBE: which of `groupBy` make the keys of each set. */
  readonly groupingSets?: readonly (readonly number[])[];
  readonly having?: Expr;
  readonly windows: readonly { readonly name: Name; readonly spec: WindowSpec }[];
  readonly qualify?: Expr;
}
/** `FROM a, b` without SELECT: all columns. */
export interface FromFirst {
  readonly kind: 'from';
  readonly span: Span;
  readonly from: readonly TableRef[];
}
export interface ValuesBody {
  readonly kind: 'values';
  readonly span: Span;
  readonly rows: readonly (readonly Expr[])[];
}
/** Left-associative, one precedence for all, as in SQLite. */
export interface SetOp {
  readonly kind: 'set operation';
  readonly span: Span;
  readonly op: 'union' | 'intersect' | 'except';
  readonly all: boolean;
  readonly left: QueryBody;
  readonly right: QueryBody;
}
export type Item =
  | {
      readonly kind: 'star';
      readonly span: Span;
      readonly table?: Name;
      readonly exclude: readonly Name[];
      readonly replace: readonly ExprItem[];
    }
  | ExprItem;
export interface ExprItem {
  readonly kind: 'item';
  readonly span: Span;
  readonly expr: Expr;
  readonly alias?: Name;
}
export interface OrderItem {
  readonly span: Span;
  readonly expr: Expr;
  readonly descending: boolean;
  /** Absent: NULLs are smallest. */
  readonly nulls?: 'first' | 'last';
}
export interface Limit {
  readonly span: Span;
  readonly count?: Expr;
  readonly offset?: Expr;
}
export interface Emit {
  readonly span: Span;
  readonly mode: 'final' | 'changes' | 'on window close' | 'every';
  /** WITH DELAY d, or the period of EVERY. */
  readonly interval?: Expr;
  readonly timeout?: Expr;
}

export type TableRef = TableName | TableFile | TableFunction | TableQuery | TableShell | TableStream | TableJoin;
interface Ref<K extends string> {
  readonly kind: K;
  readonly span: Span;
  readonly alias?: Name;
  readonly columnAliases?: readonly Name[];
}
export interface TableName extends Ref<'table'> {
  readonly name: QName;
  /** FOR SYSTEM_TIME AS OF expr */
  readonly asOf?: Expr;
}
/** `'data/*.csv'` */
export interface TableFile extends Ref<'file'> {
  readonly path: string;
}
export interface TableFunction extends Ref<'table function'> {
  readonly name: QName;
  readonly args: readonly Arg[];
}
export interface TableQuery extends Ref<'table query'> {
  readonly query: Query;
  /** LATERAL: it may read columns of the tables before it. */
  readonly lateral?: true;
}
export interface TableShell extends Ref<'table shell'> {
  readonly shell: ShellSpec;
}
/** STREAM t or STREAM(t, name => value) */
export interface TableStream extends Ref<'table stream'> {
  readonly name: QName;
  readonly args: readonly Arg[];
}
export interface TableJoin extends Ref<'join'> {
  /** Written in parentheses: the joins around it do not begin inside of it. */
  readonly nested?: true;
  readonly left: TableRef;
  readonly right: TableRef;
  readonly join: JoinSpec;
}
export interface JoinSpec {
  readonly span: Span;
  readonly type: 'inner' | 'cross' | 'left' | 'right' | 'full' | 'semi' | 'anti';
  readonly natural: boolean;
  readonly asof: boolean;
  /** Rows are paired by their places; `type` is inner. */
  readonly positional?: true;
  readonly within?: Expr;
  readonly on?: Expr;
  readonly using?: readonly Name[];
}
/** Argument of a table function: `[name =>] value [PARTITION BY ..]`. */
export interface Arg {
  readonly span: Span;
  readonly name?: Name;
  readonly value:
    | { readonly kind: 'expr'; readonly expr: Expr }
    | { readonly kind: 'table'; readonly table: QName | Query }
    | { readonly kind: 'descriptor'; readonly names: readonly Name[] };
  readonly partitionBy?: readonly Expr[];
}

export type PipeOp =
  | { readonly kind: 'pipe select'; readonly span: Span; readonly distinct: boolean; readonly items: readonly Item[] }
  | { readonly kind: 'pipe extend'; readonly span: Span; readonly items: readonly Item[] }
  | {
      readonly kind: 'pipe set';
      readonly span: Span;
      readonly set: readonly { readonly column: Name; readonly value: Expr }[];
    }
  | { readonly kind: 'pipe drop'; readonly span: Span; readonly columns: readonly Name[] }
  | {
      readonly kind: 'pipe rename';
      readonly span: Span;
      readonly renames: readonly { readonly from: Name; readonly to: Name }[];
    }
  | { readonly kind: 'pipe as'; readonly span: Span; readonly alias: Name }
  | { readonly kind: 'pipe where'; readonly span: Span; readonly predicate: Expr }
  | { readonly kind: 'pipe qualify'; readonly span: Span; readonly predicate: Expr }
  | { readonly kind: 'pipe distinct'; readonly span: Span }
  | {
      readonly kind: 'pipe aggregate';
      readonly span: Span;
      readonly items: readonly Item[];
      readonly groupBy: readonly ExprItem[];
      /** The sets of keys of each term, where one has more than one: `product` of them are those of the groups. */
      readonly groupingSets?: readonly (readonly (readonly number[])[])[];
      /** GROUP AND ORDER BY, and keys with a direction: by which of the keys the groups are sorted. */
      readonly order: readonly { readonly key: number; readonly descending: boolean }[];
    }
  | { readonly kind: 'pipe join'; readonly span: Span; readonly right: TableRef; readonly join: JoinSpec }
  | { readonly kind: 'pipe order'; readonly span: Span; readonly orderBy: readonly OrderItem[] }
  | { readonly kind: 'pipe limit'; readonly span: Span; readonly limit: Limit }
  | {
      readonly kind: 'pipe set operation';
      readonly span: Span;
      readonly op: SetOp['op'];
      readonly all: boolean;
      readonly queries: readonly Query[];
    }
  | {
      readonly kind: 'pipe call';
      readonly span: Span;
      readonly name: QName;
      readonly args: readonly Arg[];
      readonly alias?: Name;
    }
  | { readonly kind: 'pipe shell'; readonly span: Span; readonly shell: ShellSpec }
  | { readonly kind: 'pipe assert'; readonly span: Span; readonly exprs: readonly Expr[] }
  | { readonly kind: 'pipe fork'; readonly span: Span; readonly branches: readonly SubPipe[] }
  | { readonly kind: 'pipe tee'; readonly span: Span; readonly branches: readonly SubPipe[] }
  | {
      readonly kind: 'pipe split';
      readonly span: Span;
      readonly all: boolean;
      readonly branches: readonly { readonly when: Expr; readonly pipe: SubPipe }[];
      readonly otherwise?: SubPipe;
    }
  | { readonly kind: 'pipe insert'; readonly span: Span; readonly target: Target; readonly onConflict?: OnConflict }
  | { readonly kind: 'pipe create stream'; readonly span: Span; readonly name: QName };
export interface SubPipe {
  readonly span: Span;
  readonly pipes: readonly PipeOp[];
}

// ── SHELL ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What stands behind the word SHELL, in each of its places: a command and its clauses as written. */
export interface ShellSpec {
  readonly span: Span;
  readonly command:
    | { readonly kind: 'text'; readonly span: Span; readonly text: string }
    | { readonly kind: 'name'; readonly span: Span; readonly name: QName; readonly args: readonly Arg[] };
  readonly clauses: readonly ShellClause[];
}
interface Clause<K extends string> {
  readonly clause: K;
  readonly span: Span;
}
interface FormatSpec {
  readonly span: Span;
  readonly name: string;
  readonly args: readonly (Option | { readonly span: Span; readonly text: string })[];
}
export type ShellClause =
  | (Clause<'input'> & { readonly table: QName | Query; readonly partitionBy?: readonly Expr[] })
  | (Clause<'format'> & { readonly direction: 'both' | 'input' | 'output'; readonly format: FormatSpec })
  | (Clause<'reads'> & { readonly items: readonly Item[] })
  | (Clause<'writes'> & { readonly columns: readonly TypedColumn[] })
  | (Clause<'as'> & { readonly profile: 'MAP' | 'FILTER' | 'FLATMAP' | 'AGGREGATE' | 'SORT' | 'EFFECT' })
  | (Clause<'scope'> & { readonly unit: 'record' | 'key' | 'window' | 'stream'; readonly columns: readonly Name[] })
  | (Clause<'emits'> & { readonly emits: 'one' | '0..1' | '1..n' | '0..n' | 'any' })
  | Clause<'filters'>
  | Clause<'keeps order'>
  | Clause<'order free'>
  | (Clause<'sorted by'> & { readonly columns: readonly Name[] })
  | (Clause<'needs sorted by'> & { readonly columns: readonly Name[] })
  | (Clause<'needs'> & { readonly what: 'tools' | 'files' | 'host'; readonly values: readonly Expr[] })
  | (Clause<'needs cwd'> & { readonly path: string })
  | Clause<'needs exclusive'>
  | (Clause<'determinism'> & { readonly value: 'deterministic' | 'stable' | 'volatile' })
  | Clause<'idempotent'>
  | Clause<'total'>
  | Clause<'online'>
  | Clause<'flushes record'>
  | (Clause<'effects'> & { readonly value: 'none' | 'idempotent' | 'any' })
  | (Clause<'combine'> & { readonly with: string; readonly partial?: string; readonly finish?: string })
  | (Clause<'commutes'> & { readonly names: readonly Name[] })
  | (Clause<'exit ok'> & { readonly codes: readonly number[] })
  | (Clause<'marker'> & { readonly send: string; readonly reply?: string })
  | (Clause<'nulls'> & { readonly policy: 'skip' | 'error' | 'as'; readonly text?: string })
  | (Clause<'encoding'> & { readonly name: string })
  | (Clause<'time'> & {
      readonly value: 'inherit' | 'earliest' | 'latest' | 'window end' | 'from';
      readonly column?: Name;
    })
  | (Clause<'hint'> & { readonly hint: 'selectivity' | 'cost' | 'startup'; readonly value: number })
  | (Clause<'mode'> & { readonly mode: 'daemon' | 'batch' | 'row' | 'pipe' })
  | (Clause<'env'> & { readonly vars: readonly Option[] })
  | (Clause<'timeout'> & { readonly value: Expr })
  | (Clause<'on error'> & {
      readonly action: 'fail' | 'skip' | 'retry' | 'into';
      readonly times?: number;
      readonly sink?: QName;
    })
  | (Clause<'stderr'> & { readonly policy: 'log' | 'fail' | 'ignore' })
  | (Clause<'parallel'> & { readonly copies: number | 'auto' })
  | (Clause<'limits'> & { readonly limits: readonly Option[] })
  | (Clause<'sandbox'> & { readonly level: 'none' | 'limits' | 'bwrap' })
  | (Clause<'option'> & { readonly name: Name; readonly value: Expr });

// ── expressions ─────────────────────────────────────────────────────────────────────────────────────────────────────

export type Expr =
  | LiteralExpr
  | Interval
  | Param
  | ColumnExpr
  | Unary
  | Binary
  | IsExpr
  | Between
  | InExpr
  | LikeExpr
  | CaseExpr
  | CastExpr
  | CollateExpr
  | CallExpr
  | SubqueryExpr
  | ExistsExpr
  | RowExpr
  | IndexExpr
  | { readonly kind: 'default'; readonly span: Span };

interface ExprNode<K extends string> {
  readonly kind: K;
  readonly span: Span;
}
/** `text` is digits and such as written for numbers (without `_`), the decoded string for strings, hex digits for blobs. */
export interface LiteralExpr extends ExprNode<'literal'> {
  readonly type: 'null' | 'integer' | 'real' | 'string' | 'blob' | 'true' | 'false' | 'timestamp' | 'date' | 'time';
  readonly text: string;
}
/** INTERVAL '5' SECOND, INTERVAL '5 seconds', INTERVAL 5 MINUTE, INTERVAL '1 02' DAY TO HOUR; units upper case and singular. */
export interface Interval extends ExprNode<'interval'> {
  readonly amount: string;
  readonly unit?: string;
  readonly to?: string;
}
/** `:name`, `$name`, `@name` by name; `?` by position (1-based). */
export interface Param extends ExprNode<'param'> {
  readonly name?: string;
  readonly position?: number;
}
export interface ColumnExpr extends ExprNode<'column'> {
  readonly name: QName;
}
export interface Unary extends ExprNode<'unary'> {
  readonly op: '-' | '+' | '~' | 'not';
  readonly arg: Expr;
}
export interface Binary extends ExprNode<'binary'> {
  readonly op:
    | 'or'
    | 'and'
    | '='
    | '<>'
    | '<'
    | '<='
    | '>'
    | '>='
    | '&'
    | '|'
    | '<<'
    | '>>'
    | '+'
    | '-'
    | '*'
    | '/'
    | '%'
    | '||'
    | '->'
    | '->>';
  readonly left: Expr;
  readonly right: Expr;
}
/** IS [NOT], IS [NOT] DISTINCT FROM (`distinct`), ISNULL, NOTNULL, NOT NULL (right = NULL literal). */
export interface IsExpr extends ExprNode<'is'> {
  readonly not: boolean;
  readonly left: Expr;
  readonly right: Expr;
}
export interface Between extends ExprNode<'between'> {
  readonly not: boolean;
  readonly arg: Expr;
  readonly low: Expr;
  readonly high: Expr;
}
export interface InExpr extends ExprNode<'in'> {
  readonly not: boolean;
  readonly arg: Expr;
  readonly list: readonly Expr[] | Query | QName;
}
export interface LikeExpr extends ExprNode<'like'> {
  readonly op: 'like' | 'glob' | 'regexp';
  readonly not: boolean;
  readonly arg: Expr;
  readonly pattern: Expr;
  readonly escape?: Expr;
}
export interface CaseExpr extends ExprNode<'case'> {
  readonly operand?: Expr;
  readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
  readonly otherwise?: Expr;
}
export interface CastExpr extends ExprNode<'cast'> {
  readonly arg: Expr;
  readonly type: TypeName;
  readonly try: boolean;
}
export interface CollateExpr extends ExprNode<'collate'> {
  readonly arg: Expr;
  readonly collation: Name;
}
/** EXTRACT(unit FROM x) is a call of `extract` with the unit as a string literal first. */
export interface CallExpr extends ExprNode<'call'> {
  readonly name: QName;
  readonly star: boolean;
  readonly distinct: boolean;
  readonly args: readonly Expr[];
  /** `f(x => 1)`: the names of the arguments, by their places; absent where none has one. */
  readonly argNames?: readonly (Name | undefined)[];
  readonly orderBy: readonly OrderItem[];
  readonly withinGroup: readonly OrderItem[];
  readonly filter?: Expr;
  readonly over?: Name | WindowSpec;
}
export interface WindowSpec {
  readonly kind: 'window spec';
  readonly span: Span;
  readonly base?: Name;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderItem[];
  readonly frame?: Frame;
}
export interface Frame {
  readonly span: Span;
  readonly unit: 'rows' | 'range' | 'groups';
  readonly start: FrameBound;
  readonly end?: FrameBound;
  readonly exclude?: 'no others' | 'current row' | 'group' | 'ties';
}
export interface FrameBound {
  readonly span: Span;
  readonly kind: 'unbounded preceding' | 'preceding' | 'current row' | 'following' | 'unbounded following';
  readonly offset?: Expr;
}
export interface SubqueryExpr extends ExprNode<'subquery'> {
  readonly query: Query;
}
export interface ExistsExpr extends ExprNode<'exists'> {
  readonly query: Query;
}
/** `(a, b)`: two parts at least. */
export interface RowExpr extends ExprNode<'row'> {
  readonly parts: readonly Expr[];
}
export interface IndexExpr extends ExprNode<'index'> {
  readonly arg: Expr;
  readonly index: Expr;
}
