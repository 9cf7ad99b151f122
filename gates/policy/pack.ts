import { PolicyPack } from '@pulumi/policy';
import { policies } from './policies.ts';

// Serves the pack: importing this file starts a server.
new PolicyPack('sallyport', { policies, enforcementLevel: 'mandatory' });
