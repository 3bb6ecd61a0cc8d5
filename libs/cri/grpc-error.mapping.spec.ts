import { type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { toRuntimeError } from './grpc-error.mapping.js';

const serviceError = (code: status, details: string) => ({ code, details }) as ServiceError;

describe('toRuntimeError', () => {
  it.each([
    [status.NOT_FOUND, 'NotFound', 'NotFound'],
    [status.ALREADY_EXISTS, 'AlreadyExists', 'AlreadyExists'],
    [status.UNAVAILABLE, 'Unavailable', 'Unavailable'],
    [status.DEADLINE_EXCEEDED, 'DeadlineExceeded', 'DeadlineExceeded'],
    [status.CANCELLED, 'Cancelled', 'Canceled'],
    [status.UNKNOWN, 'Failed', 'Unknown'],
    [status.INTERNAL, 'Failed', 'Internal'],
  ])('gRPC code %i is %s, told as Go tells it: %s', (grpc, code, word) => {
    const error = toRuntimeError(serviceError(grpc, 'why'));
    expect({ code: error.code, message: error.message }).toEqual({
      code,
      message: `rpc error: code = ${word} desc = why`,
    });
  });

  it('HOOK-15 tells an exec that could not start in the same words each time', () => {
    const told = ['a', 'b'].map((digit) => {
      const details = `failed to exec in container: failed to start exec "${digit.repeat(64)}": no such file`;
      return toRuntimeError(serviceError(status.UNKNOWN, details)).message;
    });
    const message =
      'rpc error: code = Unknown desc = failed to exec in container: failed to start exec: no such file';
    expect(told).toEqual([message, message]);
  });

  it("knows containerd's taken names, which come as Unknown", () => {
    const details = 'failed to reserve sandbox name "a_b_c_0": name "a_b_c_0" is reserved for "12"';
    const error = toRuntimeError(serviceError(status.UNKNOWN, details));
    expect({ code: error.code, message: error.message }).toEqual({
      code: 'AlreadyExists',
      message: `rpc error: code = Unknown desc = ${details}`,
    });
  });
});
