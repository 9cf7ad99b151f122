import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Plan } from '../../../gates/cutover/plan.ts';
import { preflightRules } from '../../../gates/cutover-preflight/catalogue.ts';
import type { PreflightFacts } from '../../../gates/cutover-preflight/facts.ts';
import { readSide } from '../../../gates/cutover-preflight/read-side.ts';
import { readSource } from '../../../gates/cutover-preflight/read-source.ts';
import { readTarget } from '../../../gates/cutover-preflight/read-target.ts';
import { ownServer } from '../../../gates/rehearse/shadow/own-server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { run } from '../cutover/pair.ts';
import { facts, samplePlan } from './sample-facts.ts';

/** Two databases of one server that is a test file's own, to be looked at as the sides of a cutover. */
export interface SidesOnAServer {
  readonly source: string;
  readonly target: string;
  /** Reads both sides as preflight does; transactions count as long ones at once. `as` signs in on the source. */
  seen(plan?: Partial<Plan>, as?: string): Promise<PreflightFacts>;
  /** What these rules say of it. */
  said(facts: PreflightFacts, ...rules: readonly string[]): readonly string[];
  /** A session that is closed with the server. */
  session(url: string): Promise<Client>;
  close(): Promise<void>;
}

/** Starts the server, of the project's own major version, with these lines of configuration. */
export async function sidesOnAServer(settings: string): Promise<SidesOnAServer> {
  const folder = await temporaryFolder();
  const directory = join(folder.path, 'environment');
  await mkdir(directory);
  const server = await ownServer(directory, 18, settings);
  const [source, target] = ['here', 'there'].map((name) => server.owner.replace(/[^/]*$/, name)) as [string, string];
  for (const name of ['here', 'there']) await run(server.owner, `create database ${name}`);
  const opened: Client[] = [];
  const seen = async (changes: Partial<Plan> = {}, as = source) => {
    const at = (url: string) => `${new URL(url).host}${new URL(url).pathname}`;
    Object.assign(process.env, { SEEN_SOURCE_URL: as, SEEN_TARGET_URL: target });
    const plan = samplePlan({
      source: { direct: 'SEEN_SOURCE_URL', at: at(as) },
      target: { direct: 'SEEN_TARGET_URL', at: at(target) },
      ...changes,
    });
    const here = await readSide(plan, 'source', (client, side) => readSource(client, side, plan, 0));
    const there = await readSide(plan, 'target', (client, side) => readTarget(client, side, here, ['app'], 'gates'));
    return facts({ plan, source: here, target: there, servingId: here.id });
  };
  return {
    source,
    target,
    seen,
    said: (all, ...rules) =>
      rules.flatMap((rule) =>
        (preflightRules[rule]?.(all) ?? []).map(({ severity, code, about }) => `${severity} ${code} ${about}`),
      ),
    session: async (url) => {
      const client = new Client({ connectionString: url });
      client.on('error', () => undefined);
      await client.connect();
      opened.push(client);
      return client;
    },
    close: async () => {
      await Promise.all(opened.map((client) => client.end()));
      await server.remove();
      await folder.remove();
    },
  };
}
