/** A piece of SQL that knows what it is, so that a query on which two engines differ can be made smaller. */
export interface Piece {
  /** Pieces of one kind may stand for each other. */
  readonly kind: string;
  readonly parts: readonly (string | Piece)[];
  /** The least that may stand in its place. */
  readonly least?: string;
  /** What SQLite is asked where it has no such words: the same pieces in other words. */
  readonly theirs?: readonly (string | Piece)[];
}
export type Side = 'ours' | 'theirs';
type Part = string | Piece | readonly (string | Piece)[];

/** Makes pieces of one kind: pieceOf('predicate', 'TRUE')`${a} = ${b}`. */
export const pieceOf =
  (kind: string, least?: string) =>
  (texts: TemplateStringsArray, ...pieces: readonly Part[]): Piece => ({
    kind,
    parts: texts.flatMap((text, i) => (i === 0 ? [text] : [...[pieces[i - 1]!].flat(), text])),
    ...(least !== undefined && { least }),
  });

/** One piece with two spellings, ours and that of SQLite. */
export const either = (ours: Piece, theirs: Piece): Piece => ({ ...ours, theirs: theirs.parts });

export const sqlOf = (piece: string | Piece, side: Side): string =>
  typeof piece === 'string' ? piece : partsOf(piece, side).map((part) => sqlOf(part, side)).join(''); // prettier-ignore

const partsOf = ({ parts, theirs }: Piece, side: Side) => (side === 'theirs' ? (theirs ?? parts) : parts);

/** Pieces with something between them, as parts of a template. */
export const joined = (pieces: readonly (string | Piece)[], between: string): readonly (string | Piece)[] =>
  pieces.flatMap((piece, i) => (i === 0 ? [piece] : [between, piece]));

/** Trees that are a little smaller, the boldest cuts first. */
export function* smaller(piece: Piece): Generator<Piece> {
  for (const inner of within(piece)) if (inner.kind === piece.kind) yield inner;
  if (piece.least !== undefined && sqlOf(piece, 'ours') !== piece.least)
    yield { kind: piece.kind, parts: [piece.least] };
  for (const [i, part] of piece.parts.entries()) {
    if (typeof part === 'string') continue;
    for (const less of smaller(part)) {
      const theirs = piece.theirs?.map((other) => (other === part ? less : other));
      yield { ...piece, parts: piece.parts.with(i, less), ...(theirs && { theirs }) };
    }
  }
}

/** The pieces inside of one, the outer ones first. */
function* within({ parts }: Piece): Generator<Piece> {
  const open = parts.filter((part) => typeof part !== 'string');
  yield* open;
  for (const part of open) yield* within(part);
}

/** Makes a tree smaller as long as something is wrong with it, within so many tries. */
export async function shrunk(piece: Piece, isWrong: (piece: Piece) => Promise<boolean>, tries = 600): Promise<Piece> {
  let least = piece;
  let left = tries;
  for (let found = true; found && left > 0;) {
    found = false;
    for (const less of smaller(least)) {
      if (left-- <= 0) break;
      if (!(await isWrong(less))) continue;
      least = less;
      found = true;
      break;
    }
  }
  return least;
}
