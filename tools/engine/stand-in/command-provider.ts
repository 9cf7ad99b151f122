import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Provider } from '@pulumi/pulumi/provider/index.js';
import { parseInputs, problemsOf } from './command-inputs.ts';
import type { LogLine } from './engine-log.ts';
import { hasSecret, hasUnknown, plain, redactor, secret } from './engine-values.ts';
import { type CommandOutput, runCommand, stopCommands } from './run-command.ts';

const resourceType = 'command:local:Command';

/**
 * The provider of command:local:Command, by the documentation of @pulumi/command 1.2.1. Nothing runs in preview: the
 * server of @pulumi/pulumi does not announce support for previews, so the engine does not call create or update there.
 */
export function commandProvider(log: LogLine): Omit<Provider, 'version'> {
  /** The original shows what a command prints as it is; here the secrets among the inputs are taken out. */
  async function run(urn: string, command: string, state: State, previous: CommandOutput | undefined) {
    const redact = redactor(state);
    try {
      return await runCommand(command, parseInputs(state), previous, (line) => log(urn, redact(line)));
    } catch (error) {
      throw new Error(redact(error instanceof Error ? error.message : String(error)));
    }
  }
  return {
    check: async (urn, _olds, news) => ({ inputs: news, failures: [...typeProblems(urn), ...problemsOf(news)] }),
    diff: async (_id, _urn, olds, news) => diff(olds, news),
    create: async (urn, news) => {
      const inputs = parseInputs(news);
      const output = inputs.create ? await run(urn, inputs.create, news, undefined) : { stdout: '', stderr: '' };
      return { id: `${urn.split('::').at(-1)}${randomBytes(4).toString('hex')}`, outs: outputs(news, output) };
    },
    update: async (_id, urn, olds, news) => {
      const inputs = parseInputs(news);
      const command = inputs.update || inputs.create;
      const previous = outputOf(olds);
      const output = command ? await run(urn, command, news, previous) : previous;
      return { outs: outputs(news, output) };
    },
    delete: async (_id, urn, olds) => {
      const { stdout: _stdout, stderr: _stderr, ...state } = olds;
      const inputs = parseInputs(state);
      if (inputs.delete) await run(urn, inputs.delete, state, outputOf(olds));
    },
    cancel: stopCommands,
  };
}

type State = Readonly<Record<string, unknown>>;

function diff(olds: State, news: State) {
  const names = new Set([...Object.keys(olds), ...Object.keys(news)]);
  names.delete('stdout');
  names.delete('stderr');
  const changed = [...names].filter(
    (name) => hasUnknown(news[name]) || !isDeepStrictEqual(plain(olds[name] ?? null), plain(news[name] ?? null)),
  );
  // A resource that says how to update itself is updated; the others are made anew.
  const replaces = changed.includes('triggers') && !plain(news.update) ? ['triggers'] : [];
  return { changes: changed.length > 0, replaces };
}

/** What a command prints may hold any of its inputs: with a secret among them, the output is secret too. */
function outputs(news: State, { stdout, stderr }: CommandOutput): State {
  const mark = hasSecret(news) ? secret : (value: unknown) => value;
  return { ...news, stdout: mark(stdout), stderr: mark(stderr) };
}

function outputOf(olds: State): CommandOutput {
  return { stdout: String(plain(olds.stdout) ?? ''), stderr: String(plain(olds.stderr) ?? '') };
}

function typeProblems(urn: string): { property: string; reason: string }[] {
  const type = urn.split('::')[2]?.split('$').at(-1);
  if (type === resourceType) return [];
  return [{ property: 'type', reason: `the stand-in knows ${resourceType} only, not ${type}` }];
}
