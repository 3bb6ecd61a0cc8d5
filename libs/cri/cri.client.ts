import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { RuntimeError } from '#contracts/ports/runtime.port.js';
import type { CriMethod, CriRequest, CriResponse } from './cri.messages.js';
import { toRuntimeError } from './grpc-error.mapping.js';
import { grpcMessage } from './grpc-message.js';
import { protocol } from './protocol.js';

type Method = MethodDefinition<object, object>;

export interface CallOptions {
  /** Milliseconds; absent: as long as it takes. */
  deadlineMs?: number;
  signal?: AbortSignal;
}

/** Largest message either way, as kubelet and containerd have it. */
const maxMessageBytes = 16 * 1024 * 1024;

/** One gRPC channel to a runtime's unix socket, without knowledge of any call. */
export function openChannel(address: string): Client {
  return new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // The runtime is on this machine: look often whether it is back.
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.min_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 500,
    // Otherwise channels of one address share their back-off.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
  });
}

/** The CRI's unary calls, typed; every rejection is a RuntimeError. */
export class CriClient {
  private readonly methods = new Map<CriMethod, Method>();

  constructor(private readonly channel: Client) {
    const { runtimeService, imageService } = protocol();
    for (const service of [runtimeService, imageService])
      for (const [name, method] of Object.entries(service)) this.methods.set(name as CriMethod, method);
  }

  call<M extends CriMethod>(
    method: M,
    request: CriRequest<M>,
    { deadlineMs, signal }: CallOptions = {},
  ): Promise<CriResponse<M>> {
    const { path, requestSerialize, responseDeserialize } = this.methods.get(method) as Method;
    if (signal?.aborted)
      return Promise.reject(new RuntimeError('Cancelled', grpcMessage('Canceled', 'context canceled')));
    return new Promise((resolve, reject) => {
      const abort = () => call.cancel();
      const answered = (error: ServiceError | null, response?: object) => {
        signal?.removeEventListener('abort', abort);
        if (error) reject(toRuntimeError(error));
        else resolve(response as CriResponse<M>);
      };
      const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
      const call = withoutStack(() =>
        this.channel.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          options,
          answered,
        ),
      );
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

/** The library notes the stack of every call for its errors, a tenth of a call's cost; ours are made of code and text. */
function withoutStack<T>(work: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
