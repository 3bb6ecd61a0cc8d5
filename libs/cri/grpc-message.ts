/** gRPC's codes by number, in the spelling of Go's `status.Error`, which Kubernetes's events and logs show. */
export const grpcCodes = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as const;
export type GrpcCode = (typeof grpcCodes)[number];

/** The text of an error as Go clients of the same runtime print it. */
export const grpcMessage = (code: GrpcCode, details: string): string =>
  `rpc error: code = ${code} desc = ${details}`;
