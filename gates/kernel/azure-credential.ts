import type { AccessToken, TokenCredential } from '@azure/core-auth';
import { type GateError, gateError, messageOf } from './gate-error.ts';
import { keepSecret } from './redact.ts';

/**
 * The credential of whoever runs this (environment, workload identity, managed identity, a developer's login, in that
 * order), whose tokens are unprintable from the moment they are here and whose failures have a name. Tokens are kept by
 * the official client alone, and only as long as they are good for.
 */
export async function azureCredential(tenantId: string | undefined): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  const credential = new DefaultAzureCredential(tenantId === undefined ? {} : { tenantId });
  return {
    getToken: async (scopes, options): Promise<AccessToken> => {
      const found = await credential.getToken(scopes, options).catch((error: unknown) => {
        throw nameCredentialError(String(scopes), error);
      });
      keepSecret(found.token);
      return found;
    },
  };
}

/** Nobody to ask, or somebody who said no: two different things to mend. */
function nameCredentialError(scope: string, error: unknown): GateError {
  const name = error instanceof Error ? error.name : '';
  // Of a chain in which nobody was there, the last one says nothing about the others: the message names them all.
  const found = error instanceof Error && name === 'AggregateAuthenticationError' ? error.message : messageOf(error);
  const missing = ['AggregateAuthenticationError', 'CredentialUnavailableError', 'AuthenticationRequiredError'];
  const text = found.replace(/\s+/g, ' ').trim();
  return missing.includes(name)
    ? gateError('CREDENTIAL_MISSING', scope, text, 'an identity of Microsoft Entra that this machine can prove', error)
    : gateError('CREDENTIAL_REFUSED', scope, text, 'a token for this identity', error);
}
