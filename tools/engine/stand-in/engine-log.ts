import grpc from '@grpc/grpc-js';
import engineService from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import engineMessages from '@pulumi/pulumi/proto/engine_pb.js';

/** Shows a line of output under the resource with this URN. */
export type LogLine = (urn: string, line: string) => Promise<void>;

/** Logs to the engine at this address. */
export function engineLog(address: string | undefined): LogLine {
  if (address === undefined) return async (_urn, line) => console.log(line);
  const client = new engineService.EngineClient(address, grpc.credentials.createInsecure());
  return (urn, line) => {
    const request = new engineMessages.LogRequest();
    request.setSeverity(engineMessages.LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(line);
    return new Promise((resolve) => {
      client.log(request, (error: Error | null) => {
        // The line is in the command's output in any case.
        if (error !== null) console.log(line);
        resolve();
      });
    });
  };
}
