import { z } from 'zod';
import { armId, existing, named } from './azure-resource-config.ts';

/** `platform.gates`: where gates run. */
export const gatesSchema = z
  .union([
    z.strictObject({
      runner: z.literal('in-process').describe('in the process that runs pulumi, which must reach the server'),
    }),
    z.strictObject({
      runner: z.literal('job').describe('as executions of job sallyport-gates in the environment'),
      image: z
        .string()
        .regex(/^[^@\s]+@sha256:[0-9a-f]{64}$/, 'an image by digest: name@sha256:<64 hex>')
        .describe('made of Dockerfile'),
      role: armId('Microsoft.Authorization/roleDefinitions')
        .or(
          z
            .string()
            .regex(
              /^\/subscriptions\/[0-9a-f-]{36}\/providers\/Microsoft\.Authorization\/roleDefinitions\/[0-9a-f-]{36}$/i,
            ),
        )
        .optional()
        .describe('ARM id of a role that is there already and may start jobs and move traffic; none is made then'),
      evidence: z
        .union([
          z.strictObject({ existing: existing('Microsoft.Storage/storageAccounts/blobServices/containers') }),
          z.strictObject({
            name: named(/^[a-z0-9]{3,24}$/, '3 to 24 lower-case letters and digits, unique in Azure'),
            container: z
              .string()
              .regex(/^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$/, '3 to 63 lower-case letters, digits and dashes')
              .default('evidence'),
          }),
        ])
        .prefault({})
        .describe('storage account and blob container by which questions go in and evidence comes out'),
    }),
  ])
  .prefault({ runner: 'in-process' })
  .describe('where gates run; a private server is reached from inside its network only');
