// Generated from the grammar; a test fails when it is stale.
import type { CstNode, IToken } from "chevrotain";

export interface QnameCstNode extends CstNode {
  name: "qname";
  children: QnameCstChildren;
}

export type QnameCstChildren = {
  part: (IToken)[];
  Dot?: IToken[];
};

export interface NameListCstNode extends CstNode {
  name: "nameList";
  children: NameListCstChildren;
}

export type NameListCstChildren = {
  Open: IToken[];
  Ident: IToken[];
  Comma?: IToken[];
  Close: IToken[];
};

export interface TypeNameCstNode extends CstNode {
  name: "typeName";
  children: TypeNameCstChildren;
}

export type TypeNameCstChildren = {
  name?: (IToken)[];
  second?: (IToken)[];
  Open?: IToken[];
  Number?: IToken[];
  Comma?: IToken[];
  Close?: IToken[];
  zoned?: (IToken)[];
  LOCAL?: IToken[];
  TIME?: IToken[];
  ZONE?: IToken[];
};

export interface ExprListCstNode extends CstNode {
  name: "exprList";
  children: ExprListCstChildren;
}

export type ExprListCstChildren = {
  expr: ExprCstNode[];
  Comma?: IToken[];
};

export interface ExprCstNode extends CstNode {
  name: "expr";
  children: ExprCstChildren;
}

export type ExprCstChildren = {
  conjunction: (ConjunctionCstNode)[];
  OR?: IToken[];
};

export interface ConjunctionCstNode extends CstNode {
  name: "conjunction";
  children: ConjunctionCstChildren;
}

export type ConjunctionCstChildren = {
  negation: (NegationCstNode)[];
  AND?: IToken[];
};

export interface NegationCstNode extends CstNode {
  name: "negation";
  children: NegationCstChildren;
}

export type NegationCstChildren = {
  NOT?: IToken[];
  equality: EqualityCstNode[];
};

export interface EqualityCstNode extends CstNode {
  name: "equality";
  children: EqualityCstChildren;
}

export type EqualityCstChildren = {
  comparison: ComparisonCstNode[];
  equalityTail?: EqualityTailCstNode[];
};

export interface EqualityTailCstNode extends CstNode {
  name: "equalityTail";
  children: EqualityTailCstChildren;
}

export type EqualityTailCstChildren = {
  equals?: EqualsCstNode[];
  is?: IsCstNode[];
  test?: (IToken)[];
  further?: (FurtherCstNode)[];
  NOT?: (IToken)[];
  NULL?: IToken[];
  between?: BetweenCstNode[];
  in?: InCstNode[];
  like?: LikeCstNode[];
};

export interface FurtherCstNode extends CstNode {
  name: "further";
  children: FurtherCstChildren;
}

export type FurtherCstChildren = {
  concatOp?: (IToken)[];
  unary?: UnaryCstNode[];
  productOp?: (IToken)[];
  concatenation?: ConcatenationCstNode[];
  sumOp?: (IToken)[];
  product?: ProductCstNode[];
  bitsOp?: (IToken)[];
  sum?: SumCstNode[];
  compareOp?: (IToken)[];
  bits?: BitsCstNode[];
};

export interface EqualsCstNode extends CstNode {
  name: "equals";
  children: EqualsCstChildren;
}

export type EqualsCstChildren = {
  op?: (IToken)[];
  comparison: ComparisonCstNode[];
};

export interface IsCstNode extends CstNode {
  name: "is";
  children: IsCstChildren;
}

export type IsCstChildren = {
  IS: IToken[];
  NOT?: IToken[];
  DISTINCT?: IToken[];
  FROM?: IToken[];
  comparison: ComparisonCstNode[];
};

export interface BetweenCstNode extends CstNode {
  name: "between";
  children: BetweenCstChildren;
}

export type BetweenCstChildren = {
  BETWEEN: IToken[];
  comparison: (ComparisonCstNode)[];
  AND: IToken[];
};

export interface InCstNode extends CstNode {
  name: "in";
  children: InCstChildren;
}

export type InCstChildren = {
  IN: IToken[];
  Open?: (IToken)[];
  query?: QueryCstNode[];
  Close?: (IToken)[];
  exprList?: ExprListCstNode[];
  qname?: QnameCstNode[];
};

export interface LikeCstNode extends CstNode {
  name: "like";
  children: LikeCstChildren;
}

export type LikeCstChildren = {
  op?: (IToken)[];
  comparison: (ComparisonCstNode)[];
  ESCAPE?: IToken[];
};

export interface ComparisonCstNode extends CstNode {
  name: "comparison";
  children: ComparisonCstChildren;
}

export type ComparisonCstChildren = {
  bits: (BitsCstNode)[];
  op?: (IToken)[];
};

export interface BitsCstNode extends CstNode {
  name: "bits";
  children: BitsCstChildren;
}

export type BitsCstChildren = {
  sum: (SumCstNode)[];
  op?: (IToken)[];
};

export interface SumCstNode extends CstNode {
  name: "sum";
  children: SumCstChildren;
}

export type SumCstChildren = {
  product: (ProductCstNode)[];
  op?: (IToken)[];
};

export interface ProductCstNode extends CstNode {
  name: "product";
  children: ProductCstChildren;
}

export type ProductCstChildren = {
  concatenation: (ConcatenationCstNode)[];
  op?: (IToken)[];
};

export interface ConcatenationCstNode extends CstNode {
  name: "concatenation";
  children: ConcatenationCstChildren;
}

export type ConcatenationCstChildren = {
  unary: (UnaryCstNode)[];
  op?: (IToken)[];
};

export interface UnaryCstNode extends CstNode {
  name: "unary";
  children: UnaryCstChildren;
}

export type UnaryCstChildren = {
  op?: (IToken)[];
  primary: PrimaryCstNode[];
  postfix?: PostfixCstNode[];
};

export interface PostfixCstNode extends CstNode {
  name: "postfix";
  children: PostfixCstChildren;
}

export type PostfixCstChildren = {
  DoubleColon?: IToken[];
  typeName?: TypeNameCstNode[];
  COLLATE?: IToken[];
  Ident?: IToken[];
  OpenBracket?: IToken[];
  expr?: ExprCstNode[];
  CloseBracket?: IToken[];
};

export interface WindowSpecCstNode extends CstNode {
  name: "windowSpec";
  children: WindowSpecCstChildren;
}

export type WindowSpecCstChildren = {
  Open: IToken[];
  Ident?: IToken[];
  PARTITION?: IToken[];
  BY?: IToken[];
  exprList?: ExprListCstNode[];
  orderBy?: OrderByCstNode[];
  frame?: FrameCstNode[];
  Close: IToken[];
};

export interface FrameCstNode extends CstNode {
  name: "frame";
  children: FrameCstChildren;
}

export type FrameCstChildren = {
  unit?: (IToken)[];
  BETWEEN?: IToken[];
  bound?: (BoundCstNode)[];
  AND?: IToken[];
  EXCLUDE?: IToken[];
  NO?: IToken[];
  OTHERS?: IToken[];
  CURRENT?: IToken[];
  ROW?: IToken[];
  GROUP?: IToken[];
  TIES?: IToken[];
};

export interface BoundCstNode extends CstNode {
  name: "bound";
  children: BoundCstChildren;
}

export type BoundCstChildren = {
  UNBOUNDED?: IToken[];
  boundSide?: (BoundSideCstNode)[];
  CURRENT?: IToken[];
  ROW?: IToken[];
  sum?: SumCstNode[];
};

export interface BoundSideCstNode extends CstNode {
  name: "boundSide";
  children: BoundSideCstChildren;
}

export type BoundSideCstChildren = {
  side?: (IToken)[];
};

export interface OrderByCstNode extends CstNode {
  name: "orderBy";
  children: OrderByCstChildren;
}

export type OrderByCstChildren = {
  ORDER: IToken[];
  BY: IToken[];
  sortKey: SortKeyCstNode[];
  Comma?: IToken[];
};

export interface SortKeyCstNode extends CstNode {
  name: "sortKey";
  children: SortKeyCstChildren;
}

export type SortKeyCstChildren = {
  expr: ExprCstNode[];
  direction?: (IToken)[];
  NULLS?: IToken[];
  nulls?: (IToken)[];
};

export interface PrimaryCstNode extends CstNode {
  name: "primary";
  children: PrimaryCstChildren;
}

export type PrimaryCstChildren = {
  literal?: LiteralCstNode[];
  interval?: IntervalCstNode[];
  datetime?: DatetimeCstNode[];
  case?: CaseCstNode[];
  cast?: CastCstNode[];
  extract?: ExtractCstNode[];
  position?: PositionCstNode[];
  trim?: TrimCstNode[];
  exists?: ExistsCstNode[];
  Open?: (IToken)[];
  query?: QueryCstNode[];
  Close?: (IToken)[];
  exprList?: ExprListCstNode[];
  call?: CallCstNode[];
  qname?: QnameCstNode[];
  NOT?: IToken[];
  negation?: NegationCstNode[];
};

export interface LiteralCstNode extends CstNode {
  name: "literal";
  children: LiteralCstChildren;
}

export type LiteralCstChildren = {
  Number?: IToken[];
  text?: TextCstNode[];
  Blob?: IToken[];
  Param?: IToken[];
  NULL?: IToken[];
  TRUE?: IToken[];
  FALSE?: IToken[];
  DEFAULT?: IToken[];
};

export interface TextCstNode extends CstNode {
  name: "text";
  children: TextCstChildren;
}

export type TextCstChildren = {
  text?: (IToken)[];
};

export interface IntervalCstNode extends CstNode {
  name: "interval";
  children: IntervalCstChildren;
}

export type IntervalCstChildren = {
  INTERVAL: IToken[];
  Text?: IToken[];
  Number?: IToken[];
  unit?: UnitCstNode[];
  precision?: (PrecisionCstNode)[];
  TO?: IToken[];
  to?: UnitCstNode[];
};

export interface PrecisionCstNode extends CstNode {
  name: "precision";
  children: PrecisionCstChildren;
}

export type PrecisionCstChildren = {
  Open: IToken[];
  Number: (IToken)[];
  Comma?: IToken[];
  Close: IToken[];
};

export interface UnitCstNode extends CstNode {
  name: "unit";
  children: UnitCstChildren;
}

export type UnitCstChildren = {
  unit?: (IToken)[];
};

export interface DatetimeCstNode extends CstNode {
  name: "datetime";
  children: DatetimeCstChildren;
}

export type DatetimeCstChildren = {
  type?: (IToken)[];
  Text: IToken[];
};

export interface CaseCstNode extends CstNode {
  name: "case";
  children: CaseCstChildren;
}

export type CaseCstChildren = {
  CASE: IToken[];
  operand?: ExprCstNode[];
  WHEN: IToken[];
  when: ExprCstNode[];
  THEN: IToken[];
  then: ExprCstNode[];
  ELSE?: IToken[];
  otherwise?: ExprCstNode[];
  END: IToken[];
};

export interface CastCstNode extends CstNode {
  name: "cast";
  children: CastCstChildren;
}

export type CastCstChildren = {
  word?: (IToken)[];
  Open: IToken[];
  expr: ExprCstNode[];
  AS: IToken[];
  typeName: TypeNameCstNode[];
  Close: IToken[];
};

export interface ExtractCstNode extends CstNode {
  name: "extract";
  children: ExtractCstChildren;
}

export type ExtractCstChildren = {
  EXTRACT: IToken[];
  Open: IToken[];
  Ident: IToken[];
  FROM: IToken[];
  expr: ExprCstNode[];
  Close: IToken[];
};

export interface PositionCstNode extends CstNode {
  name: "position";
  children: PositionCstChildren;
}

export type PositionCstChildren = {
  POSITION: IToken[];
  Open: IToken[];
  bits: (BitsCstNode)[];
  IN: IToken[];
  Close: IToken[];
};

export interface TrimCstNode extends CstNode {
  name: "trim";
  children: TrimCstChildren;
}

export type TrimCstChildren = {
  TRIM: IToken[];
  Open: IToken[];
  side?: (IToken)[];
  characters?: ExprCstNode[];
  FROM: IToken[];
  expr: ExprCstNode[];
  Close: IToken[];
};

export interface ExistsCstNode extends CstNode {
  name: "exists";
  children: ExistsCstChildren;
}

export type ExistsCstChildren = {
  EXISTS: IToken[];
  Open: IToken[];
  query: QueryCstNode[];
  Close: IToken[];
};

export interface CallCstNode extends CstNode {
  name: "call";
  children: CallCstChildren;
}

export type CallCstChildren = {
  qname?: QnameCstNode[];
  word?: (IToken)[];
  Open: (IToken)[];
  Star?: IToken[];
  quantifier?: (IToken)[];
  callArg?: CallArgCstNode[];
  Comma?: IToken[];
  argTail?: ArgTailCstNode[];
  orderBy?: OrderByCstNode[];
  Close: (IToken)[];
  WITHIN?: IToken[];
  GROUP?: IToken[];
  withinGroup?: OrderByCstNode[];
  FILTER?: IToken[];
  WHERE?: IToken[];
  filter?: ExprCstNode[];
  OVER?: IToken[];
  Ident?: IToken[];
  windowSpec?: WindowSpecCstNode[];
};

export interface CallArgCstNode extends CstNode {
  name: "callArg";
  children: CallArgCstChildren;
}

export type CallArgCstChildren = {
  ArgName?: IToken[];
  Named?: IToken[];
  expr: ExprCstNode[];
};

export interface ArgTailCstNode extends CstNode {
  name: "argTail";
  children: ArgTailCstChildren;
}

export type ArgTailCstChildren = {
  TO?: IToken[];
  unit?: IToken[];
  FROM?: IToken[];
  start?: ExprCstNode[];
  FOR?: IToken[];
  length?: ExprCstNode[];
};

export interface OptCstNode extends CstNode {
  name: "opt";
  children: OptCstChildren;
}

export type OptCstChildren = {
  key?: (IToken)[];
  Dot?: IToken[];
  Text?: IToken[];
  Equal: IToken[];
  expr: ExprCstNode[];
};

export interface OptListCstNode extends CstNode {
  name: "optList";
  children: OptListCstChildren;
}

export type OptListCstChildren = {
  Open: IToken[];
  opt: OptCstNode[];
  Comma?: IToken[];
  Close: IToken[];
};

export interface FormatCstNode extends CstNode {
  name: "format";
  children: FormatCstChildren;
}

export type FormatCstChildren = {
  Ident: IToken[];
  Open?: IToken[];
  formatArg?: FormatArgCstNode[];
  Comma?: IToken[];
  Close?: IToken[];
};

export interface FormatArgCstNode extends CstNode {
  name: "formatArg";
  children: FormatArgCstChildren;
}

export type FormatArgCstChildren = {
  text?: TextCstNode[];
  opt?: OptCstNode[];
};

export interface TypedColumnCstNode extends CstNode {
  name: "typedColumn";
  children: TypedColumnCstChildren;
}

export type TypedColumnCstChildren = {
  Ident: IToken[];
  typeName: TypeNameCstNode[];
  DEFAULT?: IToken[];
  unary?: UnaryCstNode[];
};

export interface TypedColumnsCstNode extends CstNode {
  name: "typedColumns";
  children: TypedColumnsCstChildren;
}

export type TypedColumnsCstChildren = {
  Open: IToken[];
  typedColumn?: TypedColumnCstNode[];
  Comma?: IToken[];
  Close: IToken[];
};

export interface InputClauseCstNode extends CstNode {
  name: "inputClause";
  children: InputClauseCstChildren;
}

export type InputClauseCstChildren = {
  INPUT: IToken[];
  TABLE?: IToken[];
  qname?: QnameCstNode[];
  Open?: IToken[];
  query?: QueryCstNode[];
  Close?: IToken[];
  partitionBy?: PartitionByCstNode[];
};

export interface FormatClauseCstNode extends CstNode {
  name: "formatClause";
  children: FormatClauseCstChildren;
}

export type FormatClauseCstChildren = {
  direction?: (IToken)[];
  FORMAT: IToken[];
  format: FormatCstNode[];
};

export interface ReadsClauseCstNode extends CstNode {
  name: "readsClause";
  children: ReadsClauseCstChildren;
}

export type ReadsClauseCstChildren = {
  READS: IToken[];
  Open: IToken[];
  items: ItemsCstNode[];
  Close: IToken[];
};

export interface WritesClauseCstNode extends CstNode {
  name: "writesClause";
  children: WritesClauseCstChildren;
}

export type WritesClauseCstChildren = {
  WRITES: IToken[];
  typedColumns: TypedColumnsCstNode[];
};

export interface AsClauseCstNode extends CstNode {
  name: "asClause";
  children: AsClauseCstChildren;
}

export type AsClauseCstChildren = {
  AS: IToken[];
  profile?: (IToken)[];
};

export interface ScopeClauseCstNode extends CstNode {
  name: "scopeClause";
  children: ScopeClauseCstChildren;
}

export type ScopeClauseCstChildren = {
  SCOPE: IToken[];
  unit?: (IToken)[];
  nameList?: NameListCstNode[];
};

export interface EmitsClauseCstNode extends CstNode {
  name: "emitsClause";
  children: EmitsClauseCstChildren;
}

export type EmitsClauseCstChildren = {
  EMITS: IToken[];
  rows?: (IToken)[];
};

export interface OrderClauseCstNode extends CstNode {
  name: "orderClause";
  children: OrderClauseCstChildren;
}

export type OrderClauseCstChildren = {
  KEEPS?: IToken[];
  ORDER?: (IToken)[];
  FREE?: IToken[];
  SORTED?: IToken[];
  BY?: IToken[];
  nameList?: NameListCstNode[];
};

export interface NeedsClauseCstNode extends CstNode {
  name: "needsClause";
  children: NeedsClauseCstChildren;
}

export type NeedsClauseCstChildren = {
  NEEDS: IToken[];
  SORTED?: IToken[];
  BY?: IToken[];
  nameList?: NameListCstNode[];
  what?: (IToken)[];
  Open?: IToken[];
  exprList?: ExprListCstNode[];
  Close?: IToken[];
  CWD?: IToken[];
  text?: TextCstNode[];
  EXCLUSIVE?: IToken[];
};

export interface PromiseCstNode extends CstNode {
  name: "promise";
  children: PromiseCstChildren;
}

export type PromiseCstChildren = {
  word?: (IToken)[];
  RECORD?: IToken[];
};

export interface EffectsClauseCstNode extends CstNode {
  name: "effectsClause";
  children: EffectsClauseCstChildren;
}

export type EffectsClauseCstChildren = {
  EFFECTS: IToken[];
  value?: (IToken)[];
};

export interface CombineClauseCstNode extends CstNode {
  name: "combineClause";
  children: CombineClauseCstChildren;
}

export type CombineClauseCstChildren = {
  COMBINE: IToken[];
  WITH: IToken[];
  text: TextCstNode[];
  PARTIAL?: IToken[];
  partial?: TextCstNode[];
  FINISH?: IToken[];
  finish?: TextCstNode[];
};

export interface CommutesClauseCstNode extends CstNode {
  name: "commutesClause";
  children: CommutesClauseCstChildren;
}

export type CommutesClauseCstChildren = {
  COMMUTES: IToken[];
  WITH: IToken[];
  nameList: NameListCstNode[];
};

export interface ExitClauseCstNode extends CstNode {
  name: "exitClause";
  children: ExitClauseCstChildren;
}

export type ExitClauseCstChildren = {
  EXIT: IToken[];
  OK: IToken[];
  Open: IToken[];
  Number: IToken[];
  Comma?: IToken[];
  Close: IToken[];
};

export interface MarkerClauseCstNode extends CstNode {
  name: "markerClause";
  children: MarkerClauseCstChildren;
}

export type MarkerClauseCstChildren = {
  MARKER: IToken[];
  text: TextCstNode[];
  REPLY?: IToken[];
  reply?: TextCstNode[];
};

export interface NullsClauseCstNode extends CstNode {
  name: "nullsClause";
  children: NullsClauseCstChildren;
}

export type NullsClauseCstChildren = {
  NULLS: IToken[];
  policy?: (IToken)[];
  text?: TextCstNode[];
};

export interface EncodingClauseCstNode extends CstNode {
  name: "encodingClause";
  children: EncodingClauseCstChildren;
}

export type EncodingClauseCstChildren = {
  ENCODING: IToken[];
  Ident: IToken[];
};

export interface TimeClauseCstNode extends CstNode {
  name: "timeClause";
  children: TimeClauseCstChildren;
}

export type TimeClauseCstChildren = {
  TIME: IToken[];
  value?: (IToken)[];
  END?: IToken[];
  Ident?: IToken[];
};

export interface HintClauseCstNode extends CstNode {
  name: "hintClause";
  children: HintClauseCstChildren;
}

export type HintClauseCstChildren = {
  hint?: (IToken)[];
  Number: IToken[];
};

export interface ModeClauseCstNode extends CstNode {
  name: "modeClause";
  children: ModeClauseCstChildren;
}

export type ModeClauseCstChildren = {
  MODE: IToken[];
  mode?: (IToken)[];
};

export interface EnvClauseCstNode extends CstNode {
  name: "envClause";
  children: EnvClauseCstChildren;
}

export type EnvClauseCstChildren = {
  ENV: IToken[];
  optList: OptListCstNode[];
};

export interface TimeoutClauseCstNode extends CstNode {
  name: "timeoutClause";
  children: TimeoutClauseCstChildren;
}

export type TimeoutClauseCstChildren = {
  TIMEOUT: IToken[];
  unary: UnaryCstNode[];
};

export interface OnErrorClauseCstNode extends CstNode {
  name: "onErrorClause";
  children: OnErrorClauseCstChildren;
}

export type OnErrorClauseCstChildren = {
  ON: IToken[];
  ERROR: IToken[];
  action?: (IToken)[];
  Number?: IToken[];
  qname?: QnameCstNode[];
};

export interface StderrClauseCstNode extends CstNode {
  name: "stderrClause";
  children: StderrClauseCstChildren;
}

export type StderrClauseCstChildren = {
  STDERR: IToken[];
  policy?: (IToken)[];
};

export interface ParallelClauseCstNode extends CstNode {
  name: "parallelClause";
  children: ParallelClauseCstChildren;
}

export type ParallelClauseCstChildren = {
  PARALLEL: IToken[];
  copies?: (IToken)[];
};

export interface LimitsClauseCstNode extends CstNode {
  name: "limitsClause";
  children: LimitsClauseCstChildren;
}

export type LimitsClauseCstChildren = {
  LIMITS: IToken[];
  optList: OptListCstNode[];
};

export interface SandboxClauseCstNode extends CstNode {
  name: "sandboxClause";
  children: SandboxClauseCstChildren;
}

export type SandboxClauseCstChildren = {
  SANDBOX: IToken[];
  level?: (IToken)[];
};

export interface ShellSpecCstNode extends CstNode {
  name: "shellSpec";
  children: ShellSpecCstChildren;
}

export type ShellSpecCstChildren = {
  text?: TextCstNode[];
  qname?: QnameCstNode[];
  Open?: IToken[];
  arg?: ArgCstNode[];
  Comma?: (IToken)[];
  Close?: IToken[];
  shellClause?: ShellClauseCstNode[];
};

export interface ShellClauseCstNode extends CstNode {
  name: "shellClause";
  children: ShellClauseCstChildren;
}

export type ShellClauseCstChildren = {
  inputClause?: InputClauseCstNode[];
  formatClause?: FormatClauseCstNode[];
  readsClause?: ReadsClauseCstNode[];
  writesClause?: WritesClauseCstNode[];
  asClause?: AsClauseCstNode[];
  scopeClause?: ScopeClauseCstNode[];
  emitsClause?: EmitsClauseCstNode[];
  orderClause?: OrderClauseCstNode[];
  needsClause?: NeedsClauseCstNode[];
  promise?: PromiseCstNode[];
  effectsClause?: EffectsClauseCstNode[];
  combineClause?: CombineClauseCstNode[];
  commutesClause?: CommutesClauseCstNode[];
  exitClause?: ExitClauseCstNode[];
  markerClause?: MarkerClauseCstNode[];
  nullsClause?: NullsClauseCstNode[];
  encodingClause?: EncodingClauseCstNode[];
  timeClause?: TimeClauseCstNode[];
  hintClause?: HintClauseCstNode[];
  modeClause?: ModeClauseCstNode[];
  envClause?: EnvClauseCstNode[];
  timeoutClause?: TimeoutClauseCstNode[];
  onErrorClause?: OnErrorClauseCstNode[];
  stderrClause?: StderrClauseCstNode[];
  parallelClause?: ParallelClauseCstNode[];
  limitsClause?: LimitsClauseCstNode[];
  sandboxClause?: SandboxClauseCstNode[];
  namedArg?: NamedArgCstNode[];
};

export interface QueryCstNode extends CstNode {
  name: "query";
  children: QueryCstChildren;
}

export type QueryCstChildren = {
  with?: WithCstNode[];
  queryTerm: (QueryTermCstNode)[];
  setOperator?: SetOperatorCstNode[];
  orderBy?: OrderByCstNode[];
  limit?: LimitCstNode[];
  Pipe?: IToken[];
  pipeOp?: PipeOpCstNode[];
  emit?: EmitCstNode[];
};

export interface WithCstNode extends CstNode {
  name: "with";
  children: WithCstChildren;
}

export type WithCstChildren = {
  WITH: IToken[];
  RECURSIVE?: IToken[];
  cte: CteCstNode[];
  Comma?: IToken[];
};

export interface CteCstNode extends CstNode {
  name: "cte";
  children: CteCstChildren;
}

export type CteCstChildren = {
  Ident: IToken[];
  nameList?: NameListCstNode[];
  AS: IToken[];
  NOT?: IToken[];
  MATERIALIZED?: IToken[];
  Open: IToken[];
  query: QueryCstNode[];
  Close: IToken[];
};

export interface SetOperatorCstNode extends CstNode {
  name: "setOperator";
  children: SetOperatorCstChildren;
}

export type SetOperatorCstChildren = {
  op?: (IToken)[];
  quantifier?: (IToken)[];
};

export interface QueryTermCstNode extends CstNode {
  name: "queryTerm";
  children: QueryTermCstChildren;
}

export type QueryTermCstChildren = {
  select?: SelectCstNode[];
  fromSelect?: FromSelectCstNode[];
  values?: ValuesCstNode[];
  Open?: IToken[];
  query?: QueryCstNode[];
  Close?: IToken[];
};

export interface FromFirstCstNode extends CstNode {
  name: "fromFirst";
  children: FromFirstCstChildren;
}

export type FromFirstCstChildren = {
  FROM: IToken[];
  tableRef: TableRefCstNode[];
  Comma?: IToken[];
};

export interface ValuesCstNode extends CstNode {
  name: "values";
  children: ValuesCstChildren;
}

export type ValuesCstChildren = {
  VALUES: IToken[];
  row: RowCstNode[];
  Comma?: IToken[];
};

export interface RowCstNode extends CstNode {
  name: "row";
  children: RowCstChildren;
}

export type RowCstChildren = {
  Open: IToken[];
  exprList: ExprListCstNode[];
  Close: IToken[];
};

export interface SelectCstNode extends CstNode {
  name: "select";
  children: SelectCstChildren;
}

export type SelectCstChildren = {
  selectHead: SelectHeadCstNode[];
  fromFirst?: FromFirstCstNode[];
  selectTail: SelectTailCstNode[];
};

export interface FromSelectCstNode extends CstNode {
  name: "fromSelect";
  children: FromSelectCstChildren;
}

export type FromSelectCstChildren = {
  fromFirst: FromFirstCstNode[];
  selectHead?: SelectHeadCstNode[];
  selectTail: SelectTailCstNode[];
};

export interface SelectHeadCstNode extends CstNode {
  name: "selectHead";
  children: SelectHeadCstChildren;
}

export type SelectHeadCstChildren = {
  SELECT: IToken[];
  DISTINCT?: IToken[];
  ON?: IToken[];
  on?: RowCstNode[];
  ALL?: IToken[];
  items: ItemsCstNode[];
};

export interface SelectTailCstNode extends CstNode {
  name: "selectTail";
  children: SelectTailCstChildren;
}

export type SelectTailCstChildren = {
  WHERE?: IToken[];
  where?: ExprCstNode[];
  groupBy?: GroupByCstNode[];
  HAVING?: IToken[];
  having?: ExprCstNode[];
  WINDOW?: IToken[];
  namedWindow?: NamedWindowCstNode[];
  Comma?: IToken[];
  QUALIFY?: IToken[];
  qualify?: ExprCstNode[];
};

export interface GroupByCstNode extends CstNode {
  name: "groupBy";
  children: GroupByCstChildren;
}

export type GroupByCstChildren = {
  GROUP: IToken[];
  BY: IToken[];
  ALL?: IToken[];
  groupTerm?: GroupTermCstNode[];
  Comma?: IToken[];
};

export interface GroupTermCstNode extends CstNode {
  name: "groupTerm";
  children: GroupTermCstChildren;
}

export type GroupTermCstChildren = {
  groupingSets?: GroupingSetsCstNode[];
  expr?: ExprCstNode[];
};

export interface GroupingSetsCstNode extends CstNode {
  name: "groupingSets";
  children: GroupingSetsCstChildren;
}

export type GroupingSetsCstChildren = {
  GROUPING: IToken[];
  SETS: IToken[];
  Open: IToken[];
  groupSet: GroupSetCstNode[];
  Comma?: IToken[];
  Close: IToken[];
};

export interface GroupSetCstNode extends CstNode {
  name: "groupSet";
  children: GroupSetCstChildren;
}

export type GroupSetCstChildren = {
  Open?: IToken[];
  Close?: IToken[];
  groupTerm?: GroupTermCstNode[];
};

export interface NamedWindowCstNode extends CstNode {
  name: "namedWindow";
  children: NamedWindowCstChildren;
}

export type NamedWindowCstChildren = {
  Ident: IToken[];
  AS: IToken[];
  windowSpec: WindowSpecCstNode[];
};

export interface ItemsCstNode extends CstNode {
  name: "items";
  children: ItemsCstChildren;
}

export type ItemsCstChildren = {
  item: ItemCstNode[];
  Comma?: IToken[];
};

export interface ItemCstNode extends CstNode {
  name: "item";
  children: ItemCstChildren;
}

export type ItemCstChildren = {
  table?: IToken[];
  Dot?: IToken[];
  Star?: IToken[];
  EXCLUDE?: IToken[];
  nameList?: NameListCstNode[];
  REPLACE?: IToken[];
  Open?: IToken[];
  items?: ItemsCstNode[];
  Close?: IToken[];
  expr?: ExprCstNode[];
  AS?: IToken[];
  alias?: AliasCstNode[];
};

export interface AliasCstNode extends CstNode {
  name: "alias";
  children: AliasCstChildren;
}

export type AliasCstChildren = {
  Ident?: IToken[];
  Text?: IToken[];
};

export interface LimitCstNode extends CstNode {
  name: "limit";
  children: LimitCstChildren;
}

export type LimitCstChildren = {
  LIMIT?: IToken[];
  first?: ExprCstNode[];
  separator?: (IToken)[];
  second?: (ExprCstNode)[];
};

export interface EmitCstNode extends CstNode {
  name: "emit";
  children: EmitCstChildren;
}

export type EmitCstChildren = {
  EMIT: IToken[];
  mode?: (IToken)[];
  WINDOW?: IToken[];
  CLOSE?: IToken[];
  WITH?: IToken[];
  DELAY?: IToken[];
  interval?: (UnaryCstNode)[];
  TIMEOUT?: IToken[];
  timeout?: UnaryCstNode[];
};

export interface TableRefCstNode extends CstNode {
  name: "tableRef";
  children: TableRefCstChildren;
}

export type TableRefCstChildren = {
  tablePrimary: TablePrimaryCstNode[];
  join?: JoinCstNode[];
};

export interface JoinCstNode extends CstNode {
  name: "join";
  children: JoinCstChildren;
}

export type JoinCstChildren = {
  joinType: JoinTypeCstNode[];
  JOIN: IToken[];
  tablePrimary: TablePrimaryCstNode[];
  WITHIN?: IToken[];
  within?: ExprCstNode[];
  ON?: IToken[];
  on?: ExprCstNode[];
  USING?: IToken[];
  nameList?: NameListCstNode[];
};

export interface JoinTypeCstNode extends CstNode {
  name: "joinType";
  children: JoinTypeCstChildren;
}

export type JoinTypeCstChildren = {
  NATURAL?: IToken[];
  ASOF?: IToken[];
  type?: (IToken)[];
  outer?: (IToken)[];
};

export interface TablePrimaryCstNode extends CstNode {
  name: "tablePrimary";
  children: TablePrimaryCstChildren;
}

export type TablePrimaryCstChildren = {
  Open?: (IToken)[];
  query?: (QueryCstNode)[];
  Close?: (IToken)[];
  tableRef?: TableRefCstNode[];
  Comma?: IToken[];
  SHELL?: IToken[];
  shellSpec?: ShellSpecCstNode[];
  TABLE?: IToken[];
  tableFunction?: (TableFunctionCstNode)[];
  stream?: StreamCstNode[];
  Text?: IToken[];
  LATERAL?: (IToken)[];
  tableName?: TableNameCstNode[];
  AS?: IToken[];
  Ident?: IToken[];
  nameList?: NameListCstNode[];
  index?: IndexCstNode[];
};

export interface IndexCstNode extends CstNode {
  name: "index";
  children: IndexCstChildren;
}

export type IndexCstChildren = {
  INDEXED?: (IToken)[];
  BY?: IToken[];
  Ident?: IToken[];
  NOT?: IToken[];
};

export interface StreamCstNode extends CstNode {
  name: "stream";
  children: StreamCstChildren;
}

export type StreamCstChildren = {
  STREAM: IToken[];
  Open?: IToken[];
  qname?: (QnameCstNode)[];
  Comma?: IToken[];
  arg?: ArgCstNode[];
  Close?: IToken[];
};

export interface TableNameCstNode extends CstNode {
  name: "tableName";
  children: TableNameCstChildren;
}

export type TableNameCstChildren = {
  qname: QnameCstNode[];
  FOR?: IToken[];
  SYSTEM_TIME?: IToken[];
  AS?: IToken[];
  OF?: IToken[];
  expr?: ExprCstNode[];
};

export interface TableFunctionCstNode extends CstNode {
  name: "tableFunction";
  children: TableFunctionCstChildren;
}

export type TableFunctionCstChildren = {
  qname: QnameCstNode[];
  Open: IToken[];
  arg?: ArgCstNode[];
  Comma?: IToken[];
  Close: IToken[];
};

export interface ArgCstNode extends CstNode {
  name: "arg";
  children: ArgCstChildren;
}

export type ArgCstChildren = {
  namedArg?: NamedArgCstNode[];
  argValue?: ArgValueCstNode[];
};

export interface NamedArgCstNode extends CstNode {
  name: "namedArg";
  children: NamedArgCstChildren;
}

export type NamedArgCstChildren = {
  ArgName: IToken[];
  Named: IToken[];
  argValue: ArgValueCstNode[];
};

export interface ArgValueCstNode extends CstNode {
  name: "argValue";
  children: ArgValueCstChildren;
}

export type ArgValueCstChildren = {
  TABLE?: IToken[];
  qname?: QnameCstNode[];
  Open?: IToken[];
  query?: QueryCstNode[];
  Close?: IToken[];
  DESCRIPTOR?: IToken[];
  nameList?: NameListCstNode[];
  expr?: ExprCstNode[];
  partitionBy?: PartitionByCstNode[];
};

export interface PartitionByCstNode extends CstNode {
  name: "partitionBy";
  children: PartitionByCstChildren;
}

export type PartitionByCstChildren = {
  PARTITION: IToken[];
  BY: IToken[];
  row?: RowCstNode[];
  expr?: ExprCstNode[];
};

export interface PipeOpCstNode extends CstNode {
  name: "pipeOp";
  children: PipeOpCstChildren;
}

export type PipeOpCstChildren = {
  pipeSelect?: PipeSelectCstNode[];
  pipeExtend?: PipeExtendCstNode[];
  pipeSet?: PipeSetCstNode[];
  pipeDrop?: PipeDropCstNode[];
  pipeRename?: PipeRenameCstNode[];
  pipeAs?: PipeAsCstNode[];
  pipeWhere?: PipeWhereCstNode[];
  pipeQualify?: PipeQualifyCstNode[];
  pipeAggregate?: PipeAggregateCstNode[];
  pipeDistinct?: PipeDistinctCstNode[];
  join?: JoinCstNode[];
  orderBy?: OrderByCstNode[];
  limit?: LimitCstNode[];
  pipeSetOperation?: PipeSetOperationCstNode[];
  pipeCall?: PipeCallCstNode[];
  pipeShell?: PipeShellCstNode[];
  pipeAssert?: PipeAssertCstNode[];
  pipeFork?: PipeForkCstNode[];
  pipeTee?: PipeTeeCstNode[];
  pipeSplit?: PipeSplitCstNode[];
  pipeInsert?: PipeInsertCstNode[];
  pipeCreate?: PipeCreateCstNode[];
};

export interface PipeSelectCstNode extends CstNode {
  name: "pipeSelect";
  children: PipeSelectCstChildren;
}

export type PipeSelectCstChildren = {
  SELECT: IToken[];
  DISTINCT?: IToken[];
  items: ItemsCstNode[];
};

export interface PipeExtendCstNode extends CstNode {
  name: "pipeExtend";
  children: PipeExtendCstChildren;
}

export type PipeExtendCstChildren = {
  EXTEND: IToken[];
  items: ItemsCstNode[];
};

export interface PipeSetCstNode extends CstNode {
  name: "pipeSet";
  children: PipeSetCstChildren;
}

export type PipeSetCstChildren = {
  SET: IToken[];
  assignment: AssignmentCstNode[];
  Comma?: IToken[];
};

export interface AssignmentCstNode extends CstNode {
  name: "assignment";
  children: AssignmentCstChildren;
}

export type AssignmentCstChildren = {
  Ident: IToken[];
  Equal: IToken[];
  expr: ExprCstNode[];
};

export interface PipeDropCstNode extends CstNode {
  name: "pipeDrop";
  children: PipeDropCstChildren;
}

export type PipeDropCstChildren = {
  DROP: IToken[];
  Ident: IToken[];
  Comma?: IToken[];
};

export interface PipeRenameCstNode extends CstNode {
  name: "pipeRename";
  children: PipeRenameCstChildren;
}

export type PipeRenameCstChildren = {
  RENAME: IToken[];
  renaming: RenamingCstNode[];
  Comma?: IToken[];
};

export interface RenamingCstNode extends CstNode {
  name: "renaming";
  children: RenamingCstChildren;
}

export type RenamingCstChildren = {
  from: IToken[];
  AS: IToken[];
  to: IToken[];
};

export interface PipeAsCstNode extends CstNode {
  name: "pipeAs";
  children: PipeAsCstChildren;
}

export type PipeAsCstChildren = {
  AS: IToken[];
  Ident: IToken[];
};

export interface PipeWhereCstNode extends CstNode {
  name: "pipeWhere";
  children: PipeWhereCstChildren;
}

export type PipeWhereCstChildren = {
  WHERE: IToken[];
  expr: ExprCstNode[];
};

export interface PipeQualifyCstNode extends CstNode {
  name: "pipeQualify";
  children: PipeQualifyCstChildren;
}

export type PipeQualifyCstChildren = {
  QUALIFY: IToken[];
  expr: ExprCstNode[];
};

export interface PipeAggregateCstNode extends CstNode {
  name: "pipeAggregate";
  children: PipeAggregateCstChildren;
}

export type PipeAggregateCstChildren = {
  AGGREGATE: IToken[];
  items?: ItemsCstNode[];
  GROUP?: IToken[];
  AND?: IToken[];
  ORDER?: IToken[];
  BY?: IToken[];
  pipeKey?: PipeKeyCstNode[];
  Comma?: IToken[];
};

export interface PipeKeyCstNode extends CstNode {
  name: "pipeKey";
  children: PipeKeyCstChildren;
}

export type PipeKeyCstChildren = {
  groupingSets?: GroupingSetsCstNode[];
  expr?: ExprCstNode[];
  AS?: IToken[];
  alias?: AliasCstNode[];
  direction?: (IToken)[];
};

export interface PipeDistinctCstNode extends CstNode {
  name: "pipeDistinct";
  children: PipeDistinctCstChildren;
}

export type PipeDistinctCstChildren = {
  DISTINCT: IToken[];
};

export interface PipeSetOperationCstNode extends CstNode {
  name: "pipeSetOperation";
  children: PipeSetOperationCstChildren;
}

export type PipeSetOperationCstChildren = {
  setOperator: SetOperatorCstNode[];
  Open: IToken[];
  query: QueryCstNode[];
  Close: IToken[];
  Comma?: IToken[];
};

export interface PipeCallCstNode extends CstNode {
  name: "pipeCall";
  children: PipeCallCstChildren;
}

export type PipeCallCstChildren = {
  CALL: IToken[];
  tableFunction: TableFunctionCstNode[];
  AS?: IToken[];
  Ident?: IToken[];
};

export interface PipeShellCstNode extends CstNode {
  name: "pipeShell";
  children: PipeShellCstChildren;
}

export type PipeShellCstChildren = {
  SHELL: IToken[];
  Open?: IToken[];
  shellSpec?: (ShellSpecCstNode)[];
  Close?: IToken[];
};

export interface PipeAssertCstNode extends CstNode {
  name: "pipeAssert";
  children: PipeAssertCstChildren;
}

export type PipeAssertCstChildren = {
  ASSERT: IToken[];
  exprList: ExprListCstNode[];
};

export interface PipeForkCstNode extends CstNode {
  name: "pipeFork";
  children: PipeForkCstChildren;
}

export type PipeForkCstChildren = {
  FORK: IToken[];
  subpipe: SubpipeCstNode[];
  Comma?: IToken[];
};

export interface PipeTeeCstNode extends CstNode {
  name: "pipeTee";
  children: PipeTeeCstChildren;
}

export type PipeTeeCstChildren = {
  TEE: IToken[];
  subpipe?: SubpipeCstNode[];
  Comma?: IToken[];
};

export interface PipeSplitCstNode extends CstNode {
  name: "pipeSplit";
  children: PipeSplitCstChildren;
}

export type PipeSplitCstChildren = {
  SPLIT: IToken[];
  kind?: (IToken)[];
  WHEN: IToken[];
  expr: ExprCstNode[];
  THEN: IToken[];
  subpipe: SubpipeCstNode[];
  ELSE?: IToken[];
  otherwise?: SubpipeCstNode[];
};

export interface PipeInsertCstNode extends CstNode {
  name: "pipeInsert";
  children: PipeInsertCstChildren;
}

export type PipeInsertCstChildren = {
  INSERT: IToken[];
  INTO?: IToken[];
  target: TargetCstNode[];
  onConflict?: OnConflictCstNode[];
};

export interface PipeCreateCstNode extends CstNode {
  name: "pipeCreate";
  children: PipeCreateCstChildren;
}

export type PipeCreateCstChildren = {
  CREATE: IToken[];
  STREAM: IToken[];
  qname: QnameCstNode[];
};

export interface SubpipeCstNode extends CstNode {
  name: "subpipe";
  children: SubpipeCstChildren;
}

export type SubpipeCstChildren = {
  Open: IToken[];
  Pipe?: IToken[];
  pipeOp?: PipeOpCstNode[];
  Close: IToken[];
};

export interface CreateCstNode extends CstNode {
  name: "create";
  children: CreateCstChildren;
}

export type CreateCstChildren = {
  CREATE: IToken[];
  OR?: IToken[];
  REPLACE?: IToken[];
  temporary?: (IToken)[];
  createSource?: CreateSourceCstNode[];
  createSink?: CreateSinkCstNode[];
  createStream?: CreateStreamCstNode[];
  createView?: CreateViewCstNode[];
  createCommand?: CreateCommandCstNode[];
  createFunction?: CreateFunctionCstNode[];
  createTable?: CreateTableCstNode[];
};

export interface NewNameCstNode extends CstNode {
  name: "newName";
  children: NewNameCstChildren;
}

export type NewNameCstChildren = {
  IF?: IToken[];
  NOT?: IToken[];
  EXISTS?: IToken[];
  qname: QnameCstNode[];
};

export interface CreateSourceCstNode extends CstNode {
  name: "createSource";
  children: CreateSourceCstChildren;
}

export type CreateSourceCstChildren = {
  SOURCE: IToken[];
  newName: NewNameCstNode[];
  columns?: ColumnsCstNode[];
  WITH: IToken[];
  optList: OptListCstNode[];
};

export interface CreateSinkCstNode extends CstNode {
  name: "createSink";
  children: CreateSinkCstChildren;
}

export type CreateSinkCstChildren = {
  SINK: IToken[];
  newName: NewNameCstNode[];
  columns?: ColumnsCstNode[];
  WITH: IToken[];
  optList: OptListCstNode[];
  AS?: IToken[];
  query?: QueryCstNode[];
};

export interface CreateStreamCstNode extends CstNode {
  name: "createStream";
  children: CreateStreamCstChildren;
}

export type CreateStreamCstChildren = {
  STREAM: IToken[];
  newName: NewNameCstNode[];
  AS: IToken[];
  query: QueryCstNode[];
};

export interface CreateViewCstNode extends CstNode {
  name: "createView";
  children: CreateViewCstChildren;
}

export type CreateViewCstChildren = {
  VIEW: IToken[];
  newName: NewNameCstNode[];
  nameList?: NameListCstNode[];
  AS: IToken[];
  query: QueryCstNode[];
};

export interface CreateCommandCstNode extends CstNode {
  name: "createCommand";
  children: CreateCommandCstChildren;
}

export type CreateCommandCstChildren = {
  COMMAND: IToken[];
  newName: NewNameCstNode[];
  typedColumns?: TypedColumnsCstNode[];
  AS: IToken[];
  SHELL?: IToken[];
  shellSpec: ShellSpecCstNode[];
};

export interface CreateFunctionCstNode extends CstNode {
  name: "createFunction";
  children: CreateFunctionCstChildren;
}

export type CreateFunctionCstChildren = {
  FUNCTION: IToken[];
  newName: NewNameCstNode[];
  typedColumns: TypedColumnsCstNode[];
  RETURNS: IToken[];
  typeName: TypeNameCstNode[];
  AS: IToken[];
  SHELL?: IToken[];
  shellSpec?: ShellSpecCstNode[];
  Open?: IToken[];
  expr?: ExprCstNode[];
  Close?: IToken[];
};

export interface CreateTableCstNode extends CstNode {
  name: "createTable";
  children: CreateTableCstChildren;
}

export type CreateTableCstChildren = {
  TABLE: IToken[];
  newName: NewNameCstNode[];
  AS: IToken[];
  query: QueryCstNode[];
};

export interface ColumnsCstNode extends CstNode {
  name: "columns";
  children: ColumnsCstChildren;
}

export type ColumnsCstChildren = {
  Open: IToken[];
  columnItem: ColumnItemCstNode[];
  Comma?: IToken[];
  Close: IToken[];
};

export interface ColumnItemCstNode extends CstNode {
  name: "columnItem";
  children: ColumnItemCstChildren;
}

export type ColumnItemCstChildren = {
  watermark?: WatermarkCstNode[];
  primaryKey?: PrimaryKeyCstNode[];
  column?: ColumnCstNode[];
};

export interface WatermarkCstNode extends CstNode {
  name: "watermark";
  children: WatermarkCstChildren;
}

export type WatermarkCstChildren = {
  WATERMARK: IToken[];
  FOR: IToken[];
  qname: QnameCstNode[];
  AS?: IToken[];
  expr?: ExprCstNode[];
  LATE?: IToken[];
  ROWS?: IToken[];
  late?: (IToken)[];
  sink?: QnameCstNode[];
};

export interface PrimaryKeyCstNode extends CstNode {
  name: "primaryKey";
  children: PrimaryKeyCstChildren;
}

export type PrimaryKeyCstChildren = {
  PRIMARY: IToken[];
  KEY: IToken[];
  nameList: NameListCstNode[];
  NOT?: IToken[];
  ENFORCED?: IToken[];
};

export interface ColumnCstNode extends CstNode {
  name: "column";
  children: ColumnCstChildren;
}

export type ColumnCstChildren = {
  Ident: IToken[];
  typeName?: TypeNameCstNode[];
  columnRule?: ColumnRuleCstNode[];
};

export interface ColumnRuleCstNode extends CstNode {
  name: "columnRule";
  children: ColumnRuleCstChildren;
}

export type ColumnRuleCstChildren = {
  NOT?: IToken[];
  NULL?: IToken[];
  DEFAULT?: IToken[];
  unary?: UnaryCstNode[];
  PRIMARY?: IToken[];
  KEY?: IToken[];
  METADATA?: IToken[];
  FROM?: IToken[];
  text?: TextCstNode[];
  GENERATED?: IToken[];
  ALWAYS?: IToken[];
  AS?: IToken[];
  sum?: SumCstNode[];
  stored?: (IToken)[];
};

export interface ScriptCstNode extends CstNode {
  name: "script";
  children: ScriptCstChildren;
}

export type ScriptCstChildren = {
  statement?: (StatementCstNode)[];
  Semicolon?: IToken[];
};

export interface StatementCstNode extends CstNode {
  name: "statement";
  children: StatementCstChildren;
}

export type StatementCstChildren = {
  create?: CreateCstNode[];
  drop?: DropCstNode[];
  attach?: AttachCstNode[];
  detach?: DetachCstNode[];
  insertFirst?: InsertFirstCstNode[];
  insert?: InsertCstNode[];
  copy?: CopyCstNode[];
  explain?: ExplainCstNode[];
  setSetting?: SetSettingCstNode[];
  resetSetting?: ResetSettingCstNode[];
  show?: ShowCstNode[];
  describe?: DescribeCstNode[];
  job?: JobCstNode[];
  statementSet?: StatementSetCstNode[];
  query?: QueryCstNode[];
  SqliteText?: IToken[];
};

export interface DropCstNode extends CstNode {
  name: "drop";
  children: DropCstChildren;
}

export type DropCstChildren = {
  DROP: IToken[];
  what?: (IToken)[];
  IF?: IToken[];
  EXISTS?: IToken[];
  qname: QnameCstNode[];
};

export interface AttachCstNode extends CstNode {
  name: "attach";
  children: AttachCstChildren;
}

export type AttachCstChildren = {
  ATTACH: IToken[];
  DATABASE?: IToken[];
  IF?: IToken[];
  NOT?: IToken[];
  EXISTS?: IToken[];
  expr: ExprCstNode[];
  AS: IToken[];
  Ident: IToken[];
  flags?: FlagsCstNode[];
};

export interface DetachCstNode extends CstNode {
  name: "detach";
  children: DetachCstChildren;
}

export type DetachCstChildren = {
  DETACH: IToken[];
  DATABASE?: IToken[];
  Ident: IToken[];
};

export interface FlagsCstNode extends CstNode {
  name: "flags";
  children: FlagsCstChildren;
}

export type FlagsCstChildren = {
  Open: IToken[];
  flag: FlagCstNode[];
  Comma?: IToken[];
  Close: IToken[];
};

export interface FlagCstNode extends CstNode {
  name: "flag";
  children: FlagCstChildren;
}

export type FlagCstChildren = {
  Word: IToken[];
  expr?: ExprCstNode[];
};

export interface TargetCstNode extends CstNode {
  name: "target";
  children: TargetCstChildren;
}

export type TargetCstChildren = {
  SHELL?: IToken[];
  Open?: IToken[];
  shellSpec?: ShellSpecCstNode[];
  Close?: IToken[];
  qname?: QnameCstNode[];
  nameList?: NameListCstNode[];
};

export interface InsertCstNode extends CstNode {
  name: "insert";
  children: InsertCstChildren;
}

export type InsertCstChildren = {
  with?: WithCstNode[];
  INSERT: IToken[];
  OR?: IToken[];
  or?: (IToken)[];
  INTO: IToken[];
  target: TargetCstNode[];
  query: QueryCstNode[];
  onConflict?: OnConflictCstNode[];
};

export interface InsertFirstCstNode extends CstNode {
  name: "insertFirst";
  children: InsertFirstCstChildren;
}

export type InsertFirstCstChildren = {
  INSERT: IToken[];
  kind?: (IToken)[];
  branch: BranchCstNode[];
  ELSE?: IToken[];
  INTO?: IToken[];
  target?: TargetCstNode[];
  query: QueryCstNode[];
};

export interface BranchCstNode extends CstNode {
  name: "branch";
  children: BranchCstChildren;
}

export type BranchCstChildren = {
  WHEN: IToken[];
  expr: ExprCstNode[];
  THEN: IToken[];
  INTO: IToken[];
  target: TargetCstNode[];
};

export interface OnConflictCstNode extends CstNode {
  name: "onConflict";
  children: OnConflictCstChildren;
}

export type OnConflictCstChildren = {
  ON: IToken[];
  CONFLICT: IToken[];
  nameList?: NameListCstNode[];
  DO: IToken[];
  NOTHING?: IToken[];
  UPDATE?: IToken[];
  SET?: IToken[];
  assignment?: AssignmentCstNode[];
  Comma?: IToken[];
  WHERE?: IToken[];
  expr?: ExprCstNode[];
};

export interface CopyCstNode extends CstNode {
  name: "copy";
  children: CopyCstChildren;
}

export type CopyCstChildren = {
  COPY: IToken[];
  Open?: IToken[];
  query?: QueryCstNode[];
  Close?: IToken[];
  qname?: QnameCstNode[];
  TO: IToken[];
  PROGRAM?: IToken[];
  text: TextCstNode[];
  WITH?: IToken[];
  flags?: FlagsCstNode[];
};

export interface ExplainCstNode extends CstNode {
  name: "explain";
  children: ExplainCstChildren;
}

export type ExplainCstChildren = {
  EXPLAIN: IToken[];
  word?: (IToken)[];
  insertFirst?: InsertFirstCstNode[];
  insert?: InsertCstNode[];
  copy?: CopyCstNode[];
  create?: CreateCstNode[];
  query?: QueryCstNode[];
};

export interface SetSettingCstNode extends CstNode {
  name: "setSetting";
  children: SetSettingCstChildren;
}

export type SetSettingCstChildren = {
  SET: IToken[];
  VARIABLE?: IToken[];
  qname: QnameCstNode[];
  is?: (IToken)[];
  expr?: ExprCstNode[];
  ON?: IToken[];
};

export interface ResetSettingCstNode extends CstNode {
  name: "resetSetting";
  children: ResetSettingCstChildren;
}

export type ResetSettingCstChildren = {
  RESET: IToken[];
  qname?: QnameCstNode[];
  ALL?: IToken[];
};

export interface ShowCstNode extends CstNode {
  name: "show";
  children: ShowCstChildren;
}

export type ShowCstChildren = {
  SHOW: IToken[];
  what?: (IToken)[];
};

export interface DescribeCstNode extends CstNode {
  name: "describe";
  children: DescribeCstChildren;
}

export type DescribeCstChildren = {
  DESCRIBE: IToken[];
  qname?: QnameCstNode[];
  Text?: IToken[];
  query?: QueryCstNode[];
};

export interface JobCstNode extends CstNode {
  name: "job";
  children: JobCstChildren;
}

export type JobCstChildren = {
  action?: (IToken)[];
  JOB: IToken[];
  name?: (IToken)[];
  DRAIN?: IToken[];
};

export interface StatementSetCstNode extends CstNode {
  name: "statementSet";
  children: StatementSetCstChildren;
}

export type StatementSetCstChildren = {
  BEGIN: IToken[];
  STATEMENT: IToken[];
  SET: IToken[];
  Semicolon: (IToken)[];
  insertFirst?: InsertFirstCstNode[];
  insert?: InsertCstNode[];
  END: IToken[];
};

