import type { Schema } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import { truthOf } from '../compare.ts';
import { castTo } from '../cast.ts';
import { evaluatorOf, literalValue } from '../evaluate.ts';
import { children, type Call, type Case, type Cast, type Expr, type Literal } from '../expr.ts';
import { scalarFunctions } from '../functions/catalog.ts';
import type { EvaluateContext } from '../functions/function.ts';
import { castForm } from './forms/cast.ts';
import { callForms } from './forms/catalog.ts';
import { Code } from './code.ts';
import { assign, boxed, coerce, isNumeric, nothing, repOf, variable, type Operand } from './operand.ts';

/** What is known of a column of the batches that the code is for. */
export interface ColumnShape {
  readonly kind: 'f64' | 'bool' | 'utf8' | 'any';
  /** Whether there is a bitmap. */
  readonly nulls: boolean;
}

/** Turns expressions into code for one row, `i`; see `compile.ts` for what stands around it. */
export class Emitter {
  readonly code = new Code();
  readonly schema: Schema;
  readonly context: EvaluateContext;
  readonly #shapes: ReadonlyMap<number, ColumnShape>;
  /** Statements that give names to the parts of the columns in use. */
  readonly prologue: string[] = [];

  constructor(schema: Schema, shapes: ReadonlyMap<number, ColumnShape>, context: EvaluateContext) {
    this.schema = schema;
    this.#shapes = shapes;
    this.context = context;
  }

  /** Code that computes the expression, in the form that its type asks for. Equal expressions are computed once. */
  emit(e: Expr): Operand {
    if (isVolatile(e)) return this.#make(e);
    return this.code.once(JSON.stringify(e), () => this.#make(e));
  }

  /** The operand as 0 or 1, as AND and WHERE take it. */
  truth(e: Expr): { readonly v: string; readonly nul: string } {
    const x = this.emit(e);
    if (x.rep === 'bool') return x;
    const { code } = this;
    const target = variable(code, 'bool');
    if (isNumeric(x)) {
      code.line(`${target.nul} = ${x.nul}; ${target.v} = ${x.v} !== 0 ? 1 : 0;`);
    } else {
      const t = code.local('null');
      code.line(`${t} = ${code.constant(truthOf)}(${boxed(code, x).v});`);
      code.line(`${target.nul} = ${t} === null; ${target.v} = ${t} ? 1 : 0;`);
    }
    return target;
  }

  /** The reference meaning of a call or cast, on boxed arguments: for all that has no form of its own. */
  slow(e: Call | Cast): Operand {
    const { code } = this;
    const args = e.kind === 'cast' ? [e.arg] : e.args;
    const cells = args.map((arg) =>
      arg.kind === 'literal' ? code.constant(literalValue(arg)) : boxed(code, this.emit(arg)).v,
    );
    const run =
      e.kind === 'call'
        ? evaluatorOf(e, this.context)
        : ([value]: readonly Value[]): Value => castTo(value!, e.to, e.strict === true);
    const v = code.local('null');
    code.line(`${v} = ${code.constant(run)}([${cells.join(', ')}]);`);
    return coerce(code, { rep: 'boxed', v }, e.type);
  }

  #make(e: Expr): Operand {
    switch (e.kind) {
      case 'literal':
        return coerce(this.code, this.#literal(e), e.type);
      case 'column':
        return this.#column(e.name);
      case 'case':
        return this.#case(e);
      case 'cast':
        return this.#checked(e, castForm(this, e)) ?? this.slow(e);
      case 'call':
        return this.#checked(e, callForms[e.fn]?.(this, e)) ?? this.slow(e);
    }
  }

  #checked(e: Expr, form: Operand | undefined): Operand | undefined {
    return form === undefined ? undefined : coerce(this.code, form, e.type);
  }

  #literal(e: Literal): Operand {
    const { code } = this;
    if (e.value === null) return nothing(code, repOf(e.type));
    const rep = repOf(e.type);
    if (rep === 'text') {
      const bytes = Buffer.from(String(e.value));
      const b = code.constant(bytes);
      return { rep, b, s: '0', e: code.constant(bytes.length), nul: 'false', home: b };
    }
    if (rep !== 'boxed' && typeof e.value === 'number') return { rep, v: code.constant(e.value), nul: 'false' };
    if (rep === 'real') return { rep, v: code.constant(Number(e.value)), nul: 'false' };
    return { rep: 'boxed', v: code.constant(literalValue(e)) };
  }

  #column(name: string): Operand {
    const { code } = this;
    const index = this.schema.findIndex((field) => field.name === name);
    const shape = this.#shapes.get(index)!;
    this.#open(index, shape);
    if (shape.kind === 'any') {
      const v = code.local('null');
      code.line(`${v} = values${index}[i] ?? null;`);
      return coerce(code, { rep: 'boxed', v }, this.schema[index]!.type);
    }
    const nul = shape.nulls ? code.local('false') : 'false';
    if (shape.nulls) code.line(`${nul} = (nulls${index}[i >> 3] & (1 << (i & 7))) !== 0;`);
    if (shape.kind === 'utf8') {
      const s = code.local();
      const e = code.local();
      code.line(`${s} = starts${index}[i]; ${e} = ends${index}[i];`);
      return { rep: 'text', b: `bytes${index}`, s, e, nul, home: `bytes${index}` };
    }
    const v = code.local();
    code.line(`${v} = values${index}[i];`);
    const rep = repOf(this.schema[index]!.type);
    return { rep: rep === 'text' || rep === 'boxed' ? 'int' : rep, v, nul };
  }

  /** Names for the arrays of a column, once. */
  #open(index: number, shape: ColumnShape): void {
    const parts = shape.kind === 'utf8' ? ['bytes', 'starts', 'ends'] : ['values'];
    if (shape.nulls) parts.push('nulls');
    const text = `const ${parts.map((part) => `${part}${index} = columns[${index}].${part}`).join(', ')};`;
    if (!this.prologue.includes(text)) this.prologue.push(text);
  }

  #case(e: Case): Operand {
    const { code } = this;
    const target = variable(code, repOf(e.type));
    const homes = new Set<string | undefined>();
    const put = (then: Expr): void => {
      const x = coerce(code, this.emit(then), e.type);
      if (x.rep === 'text' && x.nul !== 'true') homes.add(x.home);
      assign(code, target, x);
    };
    const from = (branch: number): void => {
      const { when, then } = e.branches[branch] ?? {};
      if (when === undefined || then === undefined) return put(e.otherwise);
      const test = this.truth(when);
      code.block(`if (${test.nul === 'false' ? '' : `!${test.nul} && `}${test.v} !== 0)`, () => put(then));
      code.block('else', () => from(branch + 1));
    };
    from(0);
    return target.rep === 'text' ? { ...target, home: homes.size === 1 ? [...homes][0] : undefined } : target;
  }
}

/** Whether computing it twice may give two values. */
const isVolatile = (e: Expr): boolean =>
  (e.kind === 'call' && scalarFunctions.get(e.fn)?.volatile === true) || children(e).some(isVolatile);
