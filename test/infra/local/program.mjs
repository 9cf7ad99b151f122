import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

// The program of the platform's tests, as an app and, with an argument, as a job.

const [mode, value] = process.argv.slice(2);
console.log(`started as ${process.env.CONTAINER_APP_REPLICA_NAME ?? mode}`);

if (mode === 'exit') process.exit(Number(value));
if (mode === 'wait') {
  process.on('SIGTERM', () => {
    console.log('got SIGTERM');
    process.exit(7);
  });
  setInterval(() => undefined, 1_000);
} else if (mode === 'sleep') {
  await delay(Number(value));
  console.log('slept');
} else {
  await serve();
}

async function serve() {
  const { WebSocketServer } = await import(process.env.WS_MODULE);
  let healthy = process.env.HEALTH !== 'bad';
  const server = createServer(async (request, response) => {
    response.setHeader('x-revision', process.env.CONTAINER_APP_REVISION);
    const [path, query] = request.url.split('?');
    switch (path) {
      case '/health':
        response.writeHead(healthy ? 200 : 500).end();
        break;
      case '/sicken':
        healthy = false;
        response.end();
        break;
      case '/env':
        response.end(JSON.stringify(process.env));
        break;
      case '/crash':
        process.exit(5);
        break;
      case '/slow':
        await delay(Number(new URLSearchParams(query).get('ms')));
        response.end(process.env.CONTAINER_APP_REVISION);
        break;
      case '/stream':
        for (const part of ['one', 'two', 'three']) {
          response.write(`${part}\n`);
          await new Promise((resolve) => onGo.push(resolve));
        }
        response.end();
        break;
      case '/go':
        for (const go of onGo.splice(0)) go();
        response.end();
        break;
      case '/echo':
        request.pipe(response);
        break;
      default:
        response.end(`${process.env.CONTAINER_APP_REVISION} ${process.pid}`);
    }
  });
  const onGo = [];
  const sockets = new WebSocketServer({ server });
  sockets.on('headers', (headers) => headers.push(`x-revision: ${process.env.CONTAINER_APP_REVISION}`));
  sockets.on('connection', (socket) => {
    socket.on('message', (message) => socket.send(`${process.env.CONTAINER_APP_REVISION}: ${message}`));
  });
  server.listen(Number(process.env.PORT), '127.0.0.1');
  process.on('SIGTERM', () => server.close(() => process.exit(0)));
}
