import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { azureCredential } from '../../../gates/kernel/azure-credential.ts';
import { type BlobFolder, openBlobFolder } from '../../../gates/runner/blob-folder.ts';
import { blobService } from '../../support/blob-service.ts';
import { ownIdentityEndpoint, storageResource, useIdentity } from '../../support/identity-endpoint.ts';

describe('a blob container as gates use it', () => {
  let service: Awaited<ReturnType<typeof blobService>>;
  let folder: BlobFolder;
  let putBack: () => void;

  before(async () => {
    service = await blobService('the token of the store');
    const identity = await ownIdentityEndpoint();
    identity.state.tokens = { [storageResource]: 'the token of the store' };
    putBack = useIdentity(identity.environment);
    folder = openBlobFolder(service.url, await azureCredential(undefined));
  });
  beforeEach(() => {
    Object.assign(service.state, { fault: undefined, asked: [], refused: [] });
    service.state.blobs.clear();
  });
  after(async () => {
    putBack();
    await service.close();
  });

  it('keeps texts of any letters and any length', async () => {
    for (const text of ['', 'grün', 'x'.repeat(5_000_000)]) {
      await folder.put(`a/${text.length}.json`, text);
      assert.equal(await folder.get(`a/${text.length}.json`), text);
    }
    assert.deepEqual(service.state.refused, []);
  });

  it('says undefined for what is not there, and removes twice without a word', async () => {
    assert.equal(await folder.get('nothing'), undefined);
    await folder.put('a', 'text');
    await folder.remove('a');
    await folder.remove('a');
    assert.equal(await folder.get('a'), undefined);
  });

  it('writes once: another text is refused, the same one is as good', async () => {
    await folder.put('a', 'one');
    await folder.put('a', 'one');
    await assert.rejects(folder.put('a', 'two'), /GATE_STORE_UNREACHABLE write a: found 409 BlobAlreadyExists/);
    assert.equal(await folder.get('a'), 'one');
  });

  it('finds its own write after an answer that was lost', async () => {
    let faults = 1;
    service.state.fault = (method) =>
      method === 'PUT' && faults-- > 0 ? { status: 500, code: 'InternalError', passOn: true } : undefined;
    await folder.put('a', 'one');
    assert.equal(await folder.get('a'), 'one');
  });

  it('repeats what fails for a while, and names what fails for good', async () => {
    let faults = 2;
    service.state.fault = () => (faults-- > 0 ? { status: 503, code: 'ServerBusy' } : undefined);
    await folder.put('a', 'one');
    service.state.fault = () => ({ status: 503, code: 'ServerBusy' });
    await assert.rejects(folder.get('a'), /GATE_STORE_UNREACHABLE read a: found 503 ServerBusy/);
  });

  it('names a container that is not there, and does not call it an empty one', async () => {
    const other = openBlobFolder(`${service.url}x`, await azureCredential(undefined));
    await assert.rejects(other.get('a'), /GATE_STORE_UNREACHABLE read a: found 404 ContainerNotFound/);
  });

  it('names a token that is refused, without the token', async () => {
    const stranger = openBlobFolder(service.url, {
      getToken: async () => ({ token: 'of-somebody-else', expiresOnTimestamp: Date.now() + 60_000 }),
    });
    await assert.rejects(stranger.get('a'), (error) => {
      assert.match(String(error), /GATE_STORE_UNREACHABLE read a: found 403 AuthenticationFailed/);
      assert.doesNotMatch(String(error), /of-somebody-else/);
      return true;
    });
  });

  it('sends no token over http to another machine', () => {
    const credential = { getToken: () => assert.fail('it asked for a token') };
    assert.throws(() => openBlobFolder('http://store.example.com/gates', credential), /INPUTS_INVALID .*https/);
  });
});
