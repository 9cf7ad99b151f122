/** An ARM id taken apart. Ids are compared without regard to case, as the service does. */
export interface ArmId {
  /** As it was asked for. */
  readonly id: string;
  /** `Microsoft.Network/virtualNetworks/subnets`, in lower case. */
  readonly type: string;
  readonly name: string;
  /** What it is in: a resource, a resource group or a subscription. */
  readonly parent: string;
  readonly resourceGroup: string | undefined;
}

/** Takes an id apart; undefined for what is none. */
export function parseArmId(id: string): ArmId | undefined {
  const resourceGroup = /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)/i.exec(id)?.[1];
  const group = /^(\/subscriptions\/[^/]+)\/resourcegroups\/([^/]+)$/i.exec(id);
  if (group) {
    return {
      id,
      type: 'microsoft.resources/resourcegroups',
      name: group[2] ?? '',
      parent: group[1] ?? '',
      resourceGroup,
    };
  }
  const at = id.toLowerCase().lastIndexOf('/providers/');
  const [namespace, ...steps] = at === -1 ? [] : id.slice(at + '/providers/'.length).split('/');
  if (namespace === undefined || steps.length < 2 || steps.length % 2 !== 0) return undefined;
  const types = steps.filter((_, index) => index % 2 === 0);
  return {
    id,
    type: [namespace, ...types].join('/').toLowerCase(),
    name: steps.at(-1) ?? '',
    parent: steps.length === 2 ? id.slice(0, at) : id.split('/').slice(0, -2).join('/'),
    resourceGroup,
  };
}

/** As which an id is compared. */
export function keyOf(id: string): string {
  return id.toLowerCase();
}
