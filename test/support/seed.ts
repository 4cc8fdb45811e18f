import fc from 'fast-check';

/** Properties that name no seed of their own are tried on the cases of this one; see vitest.config.ts. */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['SSQL_SEED']) });
