import type { Value } from '../../data/value.ts';
import { textOf } from '../compare.ts';
import { fromJsonb, isJsonb } from './json-blob.ts';
import type { JsonNode } from './json-node.ts';
import { parseJson, sharedJson } from './json-parse.ts';

/** Bytes that look like JSONB are that; others are taken for text. */
const binary = (v: NonNullable<Value>): JsonNode | undefined =>
  v instanceof Uint8Array && isJsonb(v) ? fromJsonb(v) : undefined;

/** The tree of an argument, for readers. @throws RowError 'malformed JSON' */
export const rootOf = (v: NonNullable<Value>): JsonNode => binary(v) ?? sharedJson(textOf(v)).root;

/** The same, for a caller who changes it. @throws RowError 'malformed JSON' */
export const ownRootOf = (v: NonNullable<Value>): JsonNode => binary(v) ?? parseJson(textOf(v)).root;

/** Of a value that is itself JSON, as JSONB is. */
export const jsonbOf = (v: Value): JsonNode | undefined => (v === null ? undefined : binary(v));
