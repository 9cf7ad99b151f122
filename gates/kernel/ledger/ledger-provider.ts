import { z } from 'zod';
import { databaseAddressSchema, platformAddressSchema } from '../addresses.ts';
import { connect } from '../database.ts';
import { openPlatform } from '../open-platform.ts';
import type { ResourceProvider } from '../provider.ts';
import { reply } from '../reply.ts';
import { acceptedReleases } from './accepted.ts';
import { releaseHold } from './hold.ts';
import { hasLedger } from './schema.ts';

const questionSchema = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('accepted') }),
  z.strictObject({ ask: z.literal('resume'), by: z.string(), reason: z.string() }),
]);

/** What a tool asks of the ledger: every accepted release, or to let go of the hold, on record with who and why. */
export type LedgerQuestion = z.infer<typeof questionSchema>;

const inputsSchema = z.strictObject({
  platform: platformAddressSchema,
  database: databaseAddressSchema,
  question: questionSchema,
});

/**
 * The ledger, asked by a tool and not by the engine. It is a kind of the registry for one reason: where a private database
 * is reached from its network only, the registry makes the call as an execution of the gates' job.
 */
export const ledgerProvider: ResourceProvider = {
  check: async (_olds, news) => ({ inputs: news, failures: [] }),
  diff: async () => ({ changes: true }),
  create: async (news) => ({ id: 'ledger', outs: await answer(news) }),
  update: async (_id, _olds, news) => ({ outs: await answer(news) }),
  away: () => ({ seconds: 60, reads: [], writes: undefined }),
};

async function answer(news: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { platform, database, question } = inputsSchema.parse(news);
  const client = await connect(await openPlatform(platform), database, 'gates', 'sallyport ledger');
  try {
    const there = await hasLedger(client);
    switch (question.ask) {
      case 'accepted':
        return reply({ accepted: there ? [...(await acceptedReleases(client))] : [] });
      case 'resume':
        return reply({ hold: there ? await releaseHold(client, question.by, question.reason) : undefined });
      default:
        return question satisfies never;
    }
  } finally {
    await client.end();
  }
}
