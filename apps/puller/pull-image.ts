import { type ImageInfo, RuntimeError, type SandboxConfig } from '#contracts/ports/runtime.port.js';
import type { TimedPull } from './pull-queue.js';
import { PullReport, type ReportedPull } from './pull-report.js';
import type { PullerContext } from './puller.context.js';

/** One pull, and on whose behalf. */
export interface PullRequest extends ReportedPull {
  /** Of the pod that wants it, where one does. */
  sandbox?: SandboxConfig;
}

/** What the runtime has under this name; an error of its own is an answer too. Rejects while it can't be asked. */
export async function inspectImage(
  { runtime }: PullerContext,
  name: string,
): Promise<ImageInfo | undefined | RuntimeError> {
  try {
    return await runtime.imageStatus(name);
  } catch (error) {
    if (error instanceof RuntimeError && error.code !== 'Unavailable') return error;
    throw error;
  }
}

/**
 * Pulls an image in its turn, and tells how that goes. The one way in which this node pulls. Rejects with RuntimeError,
 * or with the signal's reason: an abort gives up a queued pull at once, and a running one as soon as the runtime does.
 */
export async function pullImage(
  context: PullerContext,
  request: PullRequest,
  signal: AbortSignal,
): Promise<TimedPull<ImageInfo>> {
  const { name, sandbox } = request;
  const report = new PullReport(context, request);
  try {
    const pull = () => context.runtime.pullImage(name, { sandbox, signal });
    const pulled = await context.pulls.run(pull, signal, report);
    report.done(pulled.pullMs);
    return pulled;
  } catch (error) {
    report.failed(signal.aborted ? 'the pull was given up' : (error as Error).message);
    throw error;
  }
}
