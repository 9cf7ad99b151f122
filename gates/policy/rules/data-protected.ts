import { blocker } from '../../kernel/verdict.ts';
import { azureType } from '../resource.ts';
import type { ResourceRule } from '../rule.ts';

/** What holds data, or takes what serves with it when it goes. */
const holders: ReadonlySet<string> = new Set([
  'dbforpostgresql:Server',
  'dbforpostgresql:Database',
  'keyvault:Vault',
  'storage:StorageAccount',
  'storage:BlobContainer',
  'app:ManagedEnvironment',
]);

/** Deleting a flexible server deletes its backups with it: the engine must refuse to, whatever the program says. */
export const dataProtected: ResourceRule = {
  kind: 'resource',
  name: 'data-protected',
  means: 'Server, database, vault, evidence storage and environment have the option protect.',
  judge: (resource) => {
    const type = azureType(resource);
    if (type === undefined || !holders.has(type) || resource.protect) return [];
    return [blocker('POLICY_UNPROTECTED', resource.name, `${type} without protect`, 'the option protect: true')];
  },
};
