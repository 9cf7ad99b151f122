import type { JobExecution } from '@azure/arm-appcontainers';
import { callArm, callArmIfThere, callUntil } from './call-arm.ts';
import type { ContainerApps, Execution } from './container-apps.ts';
import type { ContainerAppsContext } from './container-apps-client.ts';

/** Executions of a job. */
export function executionOperations(
  context: ContainerAppsContext,
): Pick<ContainerApps, 'listExecutions' | 'getExecution' | 'stopExecution'> {
  const { client, address } = context;
  const { resourceGroup } = address;
  return {
    listExecutions: (job) =>
      callArm(`list executions of ${job}`, async () => {
        const found: Execution[] = [];
        for await (const body of client.jobsExecutions.list(resourceGroup, job)) found.push(execution(body));
        return found;
      }),
    getExecution: async (job, name) => {
      const body = await callArmIfThere(`read execution ${name}`, () => client.jobExecution(resourceGroup, job, name));
      return body && execution(body);
    },
    stopExecution: (job, name) =>
      callUntil(context, `stop execution ${name}`, (options) =>
        client.jobs.stopExecution(resourceGroup, job, name, options),
      ),
  };
}

function execution(body: JobExecution): Execution {
  const container = body.template?.containers?.[0];
  const containers = (body.detailedStatus?.replicas ?? []).flatMap((replica) => replica.containers ?? []);
  const codes = containers.flatMap((one) => one.code ?? []);
  // The first code that is not 0 tells why it failed; all 0 is 0.
  const exitCode = codes.find((code) => code !== 0) ?? codes[0];
  // What befell the container itself (out of memory, no image) is said beside it, and only when it is not all well.
  const failed = containers.filter((one) => one.code !== 0 && one.additionalInformation);
  const ofContainers = failed.map(
    (one) => `container ${one.name ?? ''} ${one.status ?? ''}: ${one.additionalInformation}`,
  );
  const reason = [[body.reason, body.message].filter(Boolean).join(': '), ...ofContainers].filter(Boolean).join('; ');
  const plain = (container?.env ?? []).flatMap(({ name, value, secretRef }) =>
    name !== undefined && value !== undefined && !secretRef ? [[name, value] as const] : [],
  );
  return {
    name: body.name ?? '',
    status: body.status ?? 'Unknown',
    ...(body.startTime && { startTime: body.startTime.toISOString() }),
    ...(body.endTime && { endTime: body.endTime.toISOString() }),
    env: Object.fromEntries(plain),
    ...(container?.image && { image: container.image }),
    ...(exitCode !== undefined && { exitCode }),
    ...(reason && { reason }),
  };
}
