import { rowCount } from '../data/batch.ts';
import type { Connector } from './connector.ts';
import { checkOptions } from './options.ts';

/** Takes rows and forgets them; for measuring, and for queries that matter only for what their commands do. */
export const nowhere: Connector = {
  name: 'null',
  doc: 'takes rows and forgets them',
  options: {},
  sink: {
    delivery: 'at-least-once',
    describe: async (options, schema, columns) => {
      checkOptions('connector null', nowhere.options, options);
      return { columns: columns ?? schema.map((field) => field.name), options };
    },
    open: async () => {
      let rows = 0;
      let committed = 0;
      return {
        write: (batch) => void (rows += rowCount(batch)),
        commit: () => void (committed = rows),
        abort: () => undefined,
        close: () => undefined,
        get committed() {
          return committed;
        },
      };
    },
  },
};
