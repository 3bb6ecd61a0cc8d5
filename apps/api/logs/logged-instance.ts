import { viewOf } from '#domain/pod/container.view.js';
import type { ContainerState, PodState } from '#domain/pod/pod.state.js';
import { refusal } from '../http/status-error.js';
import type { LogQuery } from './log-query.js';

/** Which file holds the log that was asked for. */
export interface LoggedInstance {
  uid: string;
  container: string;
  /** Kubernetes's restart count at its time. */
  instance: number;
}

/** As the kubelet chooses it; where there is none, the 400 in Kubernetes's words. */
export function loggedInstance(
  pod: PodState,
  query: Pick<LogQuery, 'container' | 'previous'>,
): LoggedInstance {
  const container = containerOf(pod, query.container);
  const newest = newestMade(container);
  const said = `container ${JSON.stringify(container.name)} in pod ${JSON.stringify(pod.name)}`;
  if (!query.previous) {
    if (newest === undefined)
      throw refusal(
        'BadRequest',
        `${said} is waiting to start: ${container.waiting?.reason ?? 'ContainerCreating'}`,
      );
    return { uid: pod.uid, container: container.name, instance: newest };
  }
  // While a container waits to be restarted, the one that ended is the previous one.
  const previous = newest === undefined || isBetween(container) ? newest : newest - 1;
  if (previous === undefined || previous < 0)
    throw refusal('BadRequest', `previous terminated ${said} not found`);
  return { uid: pod.uid, container: container.name, instance: previous };
}

/** Whether this instance will write no more; true also when the pod is gone. */
export function hasEnded(pod: PodState | undefined, { uid, container, instance }: LoggedInstance): boolean {
  if (!pod || pod.uid !== uid || pod.deletedAt !== undefined) return true;
  const current = pod.containers.find(({ name }) => name === container);
  return !current || current.instance > instance || current.step === 'exited';
}

function containerOf({ name: pod, containers }: PodState, asked: string | undefined): ContainerState {
  if (asked === undefined && containers.length > 1) {
    const names = containers.map(({ name }) => name).join(' ');
    throw refusal(
      'BadRequest',
      `a container name must be specified for pod ${pod}, choose one of: [${names}]`,
    );
  }
  const found = asked === undefined ? containers[0] : containers.find(({ name }) => name === asked);
  if (!found) throw refusal('BadRequest', `container ${asked} is not valid for pod ${pod}`);
  return found;
}

const isMade = ({ step }: ContainerState): boolean => step !== 'waiting' && step !== 'creating';

function newestMade(container: ContainerState): number | undefined {
  if (isMade(container)) return container.instance;
  return container.last ? container.instance - 1 : undefined;
}

const isBetween = (container: ContainerState): boolean =>
  !isMade(container) || (container.step === 'exited' && viewOf(container).state.kind === 'waiting');
