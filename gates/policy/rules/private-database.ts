import { blocker, type Finding } from '../../kernel/verdict.ts';
import { at, notKnown } from '../look.ts';
import { azureType, type Resource } from '../resource.ts';
import { notEvaluated, type ResourceRule, type Settings } from '../rule.ts';

/**
 * A public database has to be somebody's decision, on record: `topology: public` with a `reason` in the pack's
 * configuration. The whole internet is let in by no reason.
 */
export const privateDatabase: ResourceRule = {
  kind: 'resource',
  name: 'private-database',
  means:
    'The PostgreSQL server is in a network of its own; public only with a reason on record, and never for everybody.',
  settings: { topology: { type: 'string', enum: ['private', 'public'] }, reason: { type: 'string' } },
  judge: (resource, settings) => {
    switch (azureType(resource)) {
      case 'dbforpostgresql:Server':
        return judgeServer(resource, isPublic(settings));
      case 'dbforpostgresql:FirewallRule':
        return judgeFirewall(resource, isPublic(settings));
      default:
        return [];
    }
  },
};

function isPublic({ topology, reason }: Settings): boolean {
  return topology === 'public' && typeof reason === 'string' && reason.trim() !== '';
}

/** A server without a network is public: that is the service's default. */
function judgeServer(resource: Resource, allowed: boolean): readonly Finding[] {
  if (allowed) return [];
  const subnet = at(resource.props, 'network', 'delegatedSubnetResourceId');
  const access = at(resource.props, 'network', 'publicNetworkAccess');
  if (access === 'Enabled') return [isOpen(resource, 'publicNetworkAccess Enabled')];
  // A subnet that is not known yet is one: the service takes no public server with a delegated subnet.
  if (access === 'Disabled' || (subnet !== undefined && subnet !== null && subnet !== '')) return [];
  if (access === notKnown) return [notEvaluated(resource, 'publicNetworkAccess')];
  return [isOpen(resource, 'no delegated subnet, and public access not disabled')];
}

function judgeFirewall(resource: Resource, allowed: boolean): readonly Finding[] {
  const start = at(resource.props, 'startIpAddress');
  const end = at(resource.props, 'endIpAddress');
  if (!allowed) return [isOpen(resource, 'a firewall rule, which only a public server has')];
  // Azure's own addresses, of every tenant. What is let in there still needs a token of this one.
  if (start === '0.0.0.0' && end === '0.0.0.0') return [];
  const width = addressNumber(end) - addressNumber(start) + 1;
  if (width >= 1 && width <= widest) return [];
  const found = `a firewall rule from ${String(start)} to ${String(end)}`;
  return [blocker('POLICY_DATABASE_PUBLIC', resource.name, found, `a range of at most ${widest} addresses`)];
}

/** A /16: what a company's way out may need. */
const widest = 65_536;

/** NaN, which is in no range, for what is no IPv4 address. */
function addressNumber(address: unknown): number {
  const parts = typeof address === 'string' ? address.split('.').map(Number) : [];
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return Number.NaN;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function isOpen(resource: Resource, found: string): Finding {
  const needed = 'a delegated subnet; or, decided, topology "public" and a "reason" in --policy-pack-config';
  return blocker('POLICY_DATABASE_PUBLIC', resource.name, found, needed);
}
