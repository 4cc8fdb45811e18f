import { textOf } from '../compare.ts';
import { untilNul } from './characters.ts';
import type { AggregateFunction } from './function.ts';
import { isJson, toJson } from './json-argument.ts';
import { quoteJson } from './json-node.ts';

const groupArray = (name: string, doc: string): AggregateFunction => ({
  name,
  arity: [1, 1],
  type: 'JSON',
  create: (_, jsonArgs = 0) => {
    const items: string[] = [];
    return {
      add: ([v]) => void items.push(toJson(v!, isJson(jsonArgs, 0))),
      result: () => `[${items.join(',')}]`,
    };
  },
  doc,
});

export const jsonAggregates: readonly AggregateFunction[] = [
  groupArray('json_group_array', '`json_group_array(x)`: NULL as null, [] of no rows'),
  groupArray('list', '`list(x)`: another name of json_group_array'),
  {
    name: 'json_group_object',
    arity: [2, 2],
    type: 'JSON',
    create: (_, jsonArgs = 0) => {
      const members: string[] = [];
      return {
        add: ([label, v]) => {
          if (label !== null) members.push(`${quoteJson(untilNul(textOf(label!)))}:${toJson(v!, isJson(jsonArgs, 1))}`);
        },
        result: () => `{${members.join(',')}}`,
      };
    },
    doc: '`json_group_object(label, x)`; rows with a NULL label are left out',
  },
];
