import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { appSpec, deploy, eventually, openWorld, untilHealth, type World, webContainer } from './world.ts';

describe('container apps on the local platform', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  it('runs a revision with its environment, its secrets and a port of its own', async () => {
    const address = await deploy(world, 'plain', 'one');
    const answer = await fetch(`${address}/env`);
    const env = (await answer.json()) as Record<string, string>;
    assert.equal(answer.headers.get('x-revision'), 'plain--one');
    assert.equal(env.CONTAINER_APP_NAME, 'plain');
    assert.equal(env.CONTAINER_APP_REPLICA_NAME, 'plain--one-0');
    assert.equal(env.PORT, env.CONTAINER_APP_PORT);
    assert.match(env.DATABASE_URL ?? '', /^postgres:\/\/app:/);
    assert.deepEqual(
      Object.keys(env).filter((name) => /TOKEN|npm_|MOCHA/i.test(name)),
      [],
    );
  });

  it('shows the app, its revisions and replicas, and nothing of what is not there', async () => {
    await deploy(world, 'shown', 'one', { replicas: 2 });
    const app = await world.apps.getApp('shown');
    assert.deepEqual(app?.traffic, [{ revisionName: 'shown--one', weight: 100 }]);
    assert.equal(app?.revisionsMode, 'Multiple');
    assert.equal(app?.latestRevisionName, 'shown--one');
    const [revision] = await world.apps.listRevisions('shown');
    assert.equal(revision?.image, world.image);
    assert.equal(revision?.replicas, 2);
    assert.equal(revision?.weight, 100);
    const replicas = await world.apps.listReplicas('shown', 'shown--one');
    assert.deepEqual(
      replicas.map(({ name, ready, restarts }) => ({ name, ready, restarts })),
      [
        { name: 'shown--one-0', ready: true, restarts: 0 },
        { name: 'shown--one-1', ready: true, restarts: 0 },
      ],
    );
    assert.equal(await world.apps.getApp('absent'), undefined);
    assert.equal(await world.apps.getRevision('shown', 'shown--two'), undefined);
  });

  it('balances over replicas and takes the same put again without a new revision', async () => {
    const address = await deploy(world, 'even', 'one', { replicas: 2 });
    const spec = appSpec(world, 'one', [{ revisionName: 'even--one', weight: 100 }], { replicas: 2 });
    const seen = new Set<string>();
    for (let count = 0; count < 6; count += 1) seen.add(await (await fetch(address)).text());
    assert.equal(seen.size, 2);
    await world.apps.putApp('even', spec);
    const again = new Set<string>();
    for (let count = 0; count < 6; count += 1) again.add(await (await fetch(address)).text());
    assert.deepEqual(again, seen);
    assert.equal((await world.apps.listRevisions('even')).length, 1);
  });

  it('reaches a candidate at weight 0 through its own address only, and through all after the flip', async () => {
    const address = await deploy(world, 'flip', 'old');
    const both = [
      { revisionName: 'flip--old', weight: 100 },
      { revisionName: 'flip--new', weight: 0, label: 'candidate' },
    ];
    await world.apps.putApp('flip', appSpec(world, 'new', both));
    await untilHealth(world, 'flip', 'flip--new', 'Healthy');
    const candidate = await world.apps.getRevision('flip', 'flip--new');
    assert.equal((await fetch(candidate?.address ?? '')).headers.get('x-revision'), 'flip--new');
    for (let count = 0; count < 20; count += 1) {
      assert.equal((await fetch(address)).headers.get('x-revision'), 'flip--old');
    }
    const state = await world.apps.setTraffic('flip', [
      { revisionName: 'flip--new', weight: 100, label: 'production' },
    ]);
    assert.deepEqual(state.traffic, [{ revisionName: 'flip--new', weight: 100, label: 'production' }]);
    assert.equal(state.address, address);
    for (let count = 0; count < 20; count += 1) {
      assert.equal((await fetch(address)).headers.get('x-revision'), 'flip--new');
    }
  });

  it('finishes a request that is in flight through a flip and a deactivation', async () => {
    const address = await deploy(world, 'slow', 'old');
    await world.apps.putApp(
      'slow',
      appSpec(world, 'new', [
        { revisionName: 'slow--old', weight: 100 },
        { revisionName: 'slow--new', weight: 0 },
      ]),
    );
    await untilHealth(world, 'slow', 'slow--new', 'Healthy');
    const slow = fetch(`${address}/slow?ms=1500`);
    const stream = await fetch(`${address}/stream`);
    await world.apps.setTraffic('slow', [{ revisionName: 'slow--new', weight: 100 }]);
    const old = await world.apps.getRevision('slow', 'slow--old');
    await world.apps.deactivateRevision('slow', 'slow--old');
    assert.equal((await fetch(old?.address ?? '')).status, 503);
    const draining = await world.apps.getRevision('slow', 'slow--old');
    assert.deepEqual([draining?.active, draining?.replicas], [false, 1]);
    const answer = await slow;
    assert.equal(await answer.text(), 'slow--old');
    assert.equal(answer.headers.get('x-revision'), 'slow--old');
    assert.equal(draining?.running, 'Processing');
    await stream.body?.cancel();
    await eventually('the old revision has stopped', async () => {
      const revision = await world.apps.getRevision('slow', 'slow--old');
      return revision?.running === 'Stopped' && revision.replicas === 0;
    });
    await world.apps.activateRevision('slow', 'slow--old');
    await untilHealth(world, 'slow', 'slow--old', 'Healthy');
    const active = await world.apps.getRevision('slow', 'slow--old');
    assert.equal((await fetch(active?.address ?? '')).status, 200);
    assert.equal(active?.address, old?.address);
  });

  it('passes each part of a stream on as it comes', async () => {
    const address = await deploy(world, 'stream', 'one');
    const answer = await fetch(`${address}/stream`);
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (const part of ['one\n', 'two\n', 'three\n']) {
      assert.equal((await reader?.read())?.value, part);
      await fetch(`${address}/go`);
    }
    assert.equal((await reader?.read())?.done, true);
  });

  it('passes an upload through', async () => {
    const address = await deploy(world, 'upload', 'one');
    const body = 'x'.repeat(3_000_000);
    const answer = await fetch(`${address}/echo`, { method: 'POST', body });
    assert.equal((await answer.text()).length, body.length);
  });

  it('keeps a WebSocket on its revision through a flip', async () => {
    const address = await deploy(world, 'socket', 'old');
    const socket = new WebSocket(address.replace('http', 'ws'));
    const upgrade = await new Promise<string | undefined>((resolve, reject) => {
      let revision: string | undefined;
      socket.once('upgrade', (answer) => {
        revision = answer.headers['x-revision'] as string;
      });
      socket.once('open', () => resolve(revision));
      socket.once('error', reject);
    });
    assert.equal(upgrade, 'socket--old');
    await world.apps.putApp('socket', appSpec(world, 'new', [{ revisionName: 'socket--new', weight: 100 }]));
    await untilHealth(world, 'socket', 'socket--new', 'Healthy');
    const echoed = new Promise<string>((resolve) => socket.once('message', (message) => resolve(String(message))));
    socket.send('still here');
    assert.equal(await echoed, 'socket--old: still here');
    socket.terminate();
    assert.equal((await fetch(address)).headers.get('x-revision'), 'socket--new');
  });

  it('starts a replica again that ended, and counts it', async () => {
    const address = await deploy(world, 'crash', 'one');
    await fetch(`${address}/crash`).catch(() => undefined);
    await eventually('the replica serves again', async () => {
      const [replica] = await world.apps.listReplicas('crash', 'crash--one');
      return replica?.ready && replica.restarts === 1;
    });
    assert.equal((await fetch(address)).status, 200);
  });

  it('answers 503 with a reason while no replica is ready', async () => {
    const address = await deploy(world, 'sick', 'one');
    await fetch(`${address}/sicken`);
    await untilHealth(world, 'sick', 'sick--one', 'Unhealthy');
    const answer = await fetch(address);
    assert.equal(answer.status, 503);
    assert.deepEqual(await answer.json(), {
      error: { code: 'NO_READY_REPLICA', message: 'no replica of sick is ready' },
    });
  });

  it('says that a candidate is unhealthy when it never answers well, and why', async () => {
    await deploy(world, 'bad', 'good');
    const container = webContainer(world, [{ name: 'HEALTH', value: 'bad' }]);
    const traffic = [
      { revisionName: 'bad--good', weight: 100 },
      { revisionName: 'bad--ill', weight: 0 },
    ];
    const probe = { port: 8080, path: '/health', startupSeconds: 5 };
    await world.apps.putApp('bad', appSpec(world, 'ill', traffic, { container, probe }));
    await untilHealth(world, 'bad', 'bad--ill', 'Unhealthy');
    const revision = await world.apps.getRevision('bad', 'bad--ill');
    assert.equal(revision?.running, 'Failed');
    assert.match(revision?.provisioningError ?? '', /GET \/health answered 500/);
    assert.equal((await world.apps.getRevision('bad', 'bad--good'))?.health, 'Healthy');
  });

  it('says that a candidate is unhealthy when its program ends at once', async () => {
    const container = { ...webContainer(world), command: ['node', 'program.mjs', 'exit', '9'] };
    await world.apps.putApp('ends', appSpec(world, 'one', [{ revisionName: 'ends--one', weight: 100 }], { container }));
    await untilHealth(world, 'ends', 'ends--one', 'Unhealthy');
    const revision = await world.apps.getRevision('ends', 'ends--one');
    assert.match(revision?.provisioningError ?? '', /exit code 9/);
  });

  it('runs a worker without ingress, healthy while it lives', async () => {
    const container = { ...webContainer(world), command: ['node', 'program.mjs', 'wait'] };
    const spec = { ...appSpec(world, 'one', []), container, probe: undefined, ingress: undefined };
    const state = await world.apps.putApp('worker', spec);
    assert.equal(state.address, undefined);
    await untilHealth(world, 'worker', 'worker--one', 'Healthy');
    await assert.rejects(world.apps.setTraffic('worker', []), { code: 'NO_INGRESS' });
  });

  it('refuses a used suffix with another template', async () => {
    await deploy(world, 'suffix', 'one');
    const other = appSpec(world, 'one', [{ revisionName: 'suffix--one', weight: 100 }], { replicas: 2 });
    await assert.rejects(world.apps.putApp('suffix', other), { code: 'ContainerAppRevisionSuffixInUse', status: 400 });
  });

  it('refuses traffic that does not add up, that names no revision, or goes to an inactive one', async () => {
    await deploy(world, 'weights', 'one');
    const set = (weight: number, revisionName = 'weights--one') =>
      world.apps.setTraffic('weights', [{ revisionName, weight }]);
    await assert.rejects(set(90), { code: 'ContainerAppInvalidTrafficWeights', transient: false });
    await assert.rejects(set(100, 'weights--none'), { code: 'ContainerAppTrafficRevisionNotFound' });
    await world.apps.putApp('weights', appSpec(world, 'two', [{ revisionName: 'weights--one', weight: 100 }]));
    await world.apps.deactivateRevision('weights', 'weights--two');
    await assert.rejects(set(100, 'weights--two'), { code: 'ContainerAppTrafficRevisionInactive' });
    await assert.rejects(world.apps.deactivateRevision('weights', 'weights--one'), /has traffic/);
  });

  it('refuses an image that is not there, an unknown secret and a bad name', async () => {
    const traffic = [{ revisionName: 'no--one', weight: 100 }];
    const image = `program@sha256:${'0'.repeat(64)}`;
    const put = (name: string, changes: Parameters<typeof appSpec>[3]) =>
      world.apps.putApp(name, appSpec(world, 'one', traffic, changes));
    await assert.rejects(
      put('no', { container: { ...webContainer(world), image } }),
      /is not in the environment's image/,
    );
    await assert.rejects(put('no', { secrets: [] }), { code: 'ContainerAppSecretRefNotFound' });
    const secrets = [{ name: 'database-url', keyVaultUrl: 'local://secrets/absent' }];
    await assert.rejects(put('no', { secrets }), { code: 'SecretNotFound' });
    await assert.rejects(put('No', {}), { code: 'ContainerAppInvalidName' });
    assert.equal(await world.apps.getApp('no'), undefined);
  });

  it('retries a conflict, so that writers at the same time all get through', async () => {
    await deploy(world, 'busy', 'one');
    const set = () => world.apps.setTraffic('busy', [{ revisionName: 'busy--one', weight: 100 }]);
    const states = await Promise.all([set(), set(), set(), set()]);
    assert.equal(states.length, 4);
  });

  it('removes an app with its processes and addresses, and again without complaint', async () => {
    const address = await deploy(world, 'gone', 'one');
    const pid = Number((await (await fetch(address)).text()).split(' ')[1]);
    await world.apps.deleteApp('gone');
    assert.equal(await world.apps.getApp('gone'), undefined);
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    await assert.rejects(fetch(address));
    await world.apps.deleteApp('gone');
  });

  it('is not brought down by broken requests', async () => {
    const address = await deploy(world, 'rough', 'one');
    const { port } = new URL(address);
    for (const head of [
      'GET // HTTP/1.1\r\nhost: x\r\n\r\n',
      'GET http://[ HTTP/1.1\r\nhost: x\r\n\r\n',
      '\0\0\r\n\r\n',
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => socket.end(head));
        socket.on('error', () => undefined);
        socket.once('close', () => resolve());
        socket.resume();
      });
    }
    await new Promise<void>((resolve) => {
      const upload = request(`${address}/echo`, { method: 'POST' });
      upload.on('error', () => undefined);
      upload.once('close', resolve);
      upload.write('part', () => upload.destroy());
    });
    const socket = new WebSocket(address.replace('http', 'ws'));
    await new Promise<void>((resolve) => socket.once('open', () => resolve()));
    socket.terminate();
    assert.equal((await fetch(address)).status, 200);
  });
});
