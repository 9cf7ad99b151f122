import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Engine } from './engine/index.ts';
import { localStack, localStackName, runEngine } from './local-stack.ts';
import { projectRoot } from './project.ts';
import { runTool } from './run-tool.ts';
import { SetupError } from './setup-error.ts';

const outputsSchema = z.object({
  addresses: z.record(z.string(), z.string()),
  release: z.string(),
  evidence: z.string(),
});

const nextSteps = `What to try next:
  npm run pulumi -- preview   evaluate the gates, change nothing
  npm run sample -- <name>    point Pulumi.local.yaml to another release, good or bad; no name lists them
  npm run pulumi -- up        promote what Pulumi.local.yaml names
  npm run rollback            go back to the release accepted before this one
  npm stop                    stop everything that was started here`;

// `npm start`: promote what Pulumi.local.yaml names, and say where it is.
await runTool(async () => {
  const engine = await localStack();
  const code = await runEngine(engine, ['up', '--yes', '--stack', localStackName]);
  if (code !== 0) {
    console.error('\nNot promoted: the reason is above. What was serving before goes on serving.');
    return code;
  }
  const { addresses, release, evidence } = await stackOutputs(engine);
  const lines = Object.entries(addresses).map(([service, address]) => `${service.padEnd(9)} ${address}`);
  console.log(['', ...lines, `release   ${release}, accepted`, `evidence  ${evidence}`, '', nextSteps].join('\n'));
  return 0;
});

async function stackOutputs({ command, env }: Engine): Promise<z.infer<typeof outputsSchema>> {
  const args = ['stack', 'output', '--json', '--stack', localStackName];
  const { stdout } = await promisify(execFile)(command, args, { cwd: projectRoot, env });
  const outputs = outputsSchema.safeParse(JSON.parse(stdout));
  if (outputs.success) return outputs.data;
  throw new SetupError(
    'OUTPUTS_MISSING',
    `the stack's outputs are not as expected:\n${z.prettifyError(outputs.error)}`,
  );
}
