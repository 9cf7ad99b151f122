import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { scaleOf } from '../../../infra/azure/scale.ts';

describe('the scale of an app', () => {
  it('is that of its replicas where no rule is given', () =>
    assert.deepEqual(scaleOf({ replicas: 3 }), { minReplicas: 3, maxReplicas: 3 }));

  it('never goes below the replicas, and grows by requests', () => {
    const scale = { max: 9, rule: { kind: 'http', concurrentRequests: 50 } } as const;
    assert.deepEqual(scaleOf({ replicas: 2, scale }), {
      minReplicas: 2,
      maxReplicas: 9,
      rules: [{ name: 'http', http: { metadata: { concurrentRequests: '50' } } }],
    });
  });

  it('grows by whatever KEDA can measure, with secrets by reference', () => {
    const metadata = { queueName: 'orders', messageCount: '5' };
    const secrets = { connection: 'queue-connection' };
    const scale = { max: 5, rule: { kind: 'custom', type: 'azure-servicebus', metadata, secrets } } as const;
    assert.deepEqual(scaleOf({ replicas: 1, scale }).rules, [
      {
        name: 'custom',
        custom: {
          type: 'azure-servicebus',
          metadata,
          auth: [{ triggerParameter: 'connection', secretRef: 'queue-connection' }],
        },
      },
    ]);
  });
});
