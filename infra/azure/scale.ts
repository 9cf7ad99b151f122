import type { Service } from '../../gates/kernel/release.ts';

/** Never below the replicas of the release: a candidate that is scaled to zero proves nothing. */
export function scaleOf({ replicas, scale }: Pick<Service, 'replicas' | 'scale'>) {
  if (scale === undefined) return { minReplicas: replicas, maxReplicas: replicas };
  const { max, rule } = scale;
  const how =
    rule.kind === 'http'
      ? { http: { metadata: { concurrentRequests: String(rule.concurrentRequests) } } }
      : {
          custom: {
            type: rule.type,
            metadata: rule.metadata,
            auth: Object.entries(rule.secrets).map(([triggerParameter, secretRef]) => ({
              triggerParameter,
              secretRef,
            })),
          },
        };
  return { minReplicas: replicas, maxReplicas: max, rules: [{ name: rule.kind, ...how }] };
}
