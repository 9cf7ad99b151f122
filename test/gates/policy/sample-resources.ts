import type { GraphResource, Resource } from '../../../gates/policy/resource.ts';

/** A value as the engine sends it in a preview that does not know it. */
export const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

export const image = `registry.example.com/api@sha256:${'a'.repeat(64)}`;
export const otherImage = `registry.example.com/api@sha256:${'b'.repeat(64)}`;

/** A resource by itself. */
export function resource(type: string, props: Resource['props'] = {}, protect = false): Resource {
  return { type, name: 'it', urn: `urn:pulumi:test::sallyport::${type}::it`, props, protect };
}

/** A resource with what is in its inputs, and what it only comes after. */
export function inGraph(
  type: string,
  props: Resource['props'] = {},
  data: GraphResource['data'] = {},
  dependsOn: readonly GraphResource[] = [],
): GraphResource {
  return { ...resource(type, props), data, dependencies: [...Object.values(data).flat(), ...dependsOn] };
}

/** An app with one thing of it changed. */
export function app(container: object = {}, template: object = {}, configuration: object = {}): Resource {
  return resource('azure-native:app:ContainerApp', appProps(container, template, configuration));
}

export function appProps(container: object = {}, template: object = {}, configuration: object = {}) {
  return {
    containerAppName: 'api',
    configuration: {
      activeRevisionsMode: 'Multiple',
      ingress: { external: true, targetPort: 3000, traffic: [{ revisionName: 'api--r1', weight: 100 }] },
      ...configuration,
    },
    template: {
      containers: [{ name: 'api', image, command: ['node', 'api/main.ts'], env: [], ...container }],
      ...template,
    },
  };
}

/** A job with one thing of it changed. */
export function job(container: object = {}, configuration: object = {}, template: object = {}): Resource {
  return resource('azure-native:app:Job', jobProps(container, configuration, template));
}

export function jobProps(container: object = {}, configuration: object = {}, template: object = {}) {
  return {
    jobName: 'migrate',
    configuration: {
      triggerType: 'Manual',
      replicaTimeout: 1800,
      replicaRetryLimit: 0,
      manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 },
      ...configuration,
    },
    template: {
      containers: [{ name: 'migrate', image, command: ['node', 'migrate.ts'], env: [], ...container }],
      ...template,
    },
  };
}

/** The job of a cutover's workers with one thing of it changed. */
export function cutoverJob(configuration: object = {}, command: readonly string[] = workerProgram): Resource {
  return resource('azure-native:app:Job', cutoverJobProps(configuration, command));
}

const workerProgram = ['/usr/local/bin/node', '/app/gates/cutover-worker.ts'];

export function cutoverJobProps(configuration: object = {}, command: readonly string[] = workerProgram) {
  return { ...jobProps({ name: 'workers', command }, configuration), jobName: 'sallyport-cutover' };
}
