import { z } from 'zod';
import { gateError } from '../../gates/kernel/gate-error.ts';
import type { ResourceProvider } from '../../gates/kernel/provider.ts';
import { clearanceInputs, clearanceProvider } from './clearance.ts';

const inputs = clearanceInputs.extend({ service: z.string() });

/** Clears the image that the migration job is declared with: the one of a service that the guard let through. */
export const jobClearanceProvider: ResourceProvider = clearanceProvider<
  z.infer<typeof inputs>,
  Record<string, unknown>
>({
  name: 'azure-job-clearance',
  inputs,
  needs: ['preflight', 'lint', 'guard', 'rehearse', 'restore-point'],
  look: async () => ({}),
  clear: ({ receipts, service }) => {
    const guard = receipts.find((receipt) => receipt.gate === 'guard');
    const image = z.record(z.string(), z.string()).parse(guard?.data.images)[service];
    if (image === undefined)
      throw gateError('INPUTS_INVALID', `service ${service}`, 'no image', 'the image it cleared');
    return { image };
  },
});
