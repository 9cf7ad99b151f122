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

const absent = ['AggregateAuthenticationError', 'CredentialUnavailableError', 'AuthenticationRequiredError'];

/** Nobody to ask, or somebody who said no: two different things to mend, and both end the gate. */
function nameCredentialError(scope: string, error: unknown): GateError {
  const name = error instanceof Error ? error.name : '';
  // The message of a chain names everyone who was asked; its cause is the last of them only.
  const found = (name === 'AggregateAuthenticationError' ? (error as Error).message : messageOf(error)).replace(
    /\s+/g,
    ' ',
  );
  // The official client calls a managed identity that is refused unavailable too; only its words tell.
  return absent.includes(name) && !/: Authentication failed/.test(found)
    ? gateError('CREDENTIAL_MISSING', scope, found, 'an identity of Microsoft Entra that this machine can prove', error)
    : gateError('CREDENTIAL_REFUSED', scope, found, 'a token for this identity', error);
}
