import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import type { NodeState } from '../node/node.state.js';
import type { NodeView, PodRequest, Resources } from './node-view.js';
import { quantityReader } from './quantity.js';

/** Sum of the containers' requests; each counts as one pod. */
export function podRequestOf(manifest: PodManifest): PodRequest {
  const requests: Resources = { milliCpu: 0, memoryBytes: 0, pods: 1 };
  const hostPorts: string[] = [];
  for (const { resources, ports = [] } of manifest.spec.containers) {
    const { cpu, memory } = { ...resources?.limits, ...resources?.requests };
    requests.milliCpu += cpu === undefined ? 0 : quantityReader.milliCpu(cpu);
    requests.memoryBytes += memory === undefined ? 0 : quantityReader.bytes(memory);
    for (const { hostPort, protocol = 'TCP', hostIP = '' } of ports) {
      if (hostPort) hostPorts.push(`${protocol}/${hostIP}/${hostPort}`);
    }
  }
  return { manifest, requests, hostPorts };
}

interface Booking {
  node: string;
  request: PodRequest;
}

/** What the scheduler knows of nodes and of the pods bound to them; a booking may be ahead of the log. */
export class ClusterState {
  private readonly views = new Map<string, NodeView & { requested: Resources; hostPorts: Set<string> }>();
  private readonly bookings = new Map<string, Booking>();

  nodes(): Iterable<NodeView> {
    return this.views.values();
  }

  node(name: string): NodeState | undefined {
    return this.views.get(name)?.node;
  }

  putNode(node: NodeState): void {
    const { cpu = '0', memory = '0', pods = '0' } = node.facts.allocatable;
    const allocatable = {
      milliCpu: quantityReader.milliCpu(cpu),
      memoryBytes: quantityReader.bytes(memory),
      pods: quantityReader.bytes(pods),
    };
    const view = this.views.get(node.name);
    if (view) Object.assign(view, { node, allocatable });
    else this.views.set(node.name, { node, allocatable, ...this.bookedOn(node.name) });
  }

  isBooked(uid: string, node: string): boolean {
    return this.bookings.get(uid)?.node === node;
  }

  /** Idempotent per pod; a pod that is booked elsewhere moves. */
  book(uid: string, node: string, request: PodRequest): void {
    if (this.isBooked(uid, node)) return;
    this.release(uid);
    this.bookings.set(uid, { node, request });
    this.add(node, request, 1);
  }

  /** The pod takes nothing any more. */
  release(uid: string): boolean {
    const booking = this.bookings.get(uid);
    if (!booking) return false;
    this.bookings.delete(uid);
    this.add(booking.node, booking.request, -1);
    return true;
  }

  private add(name: string, { requests, hostPorts }: PodRequest, sign: 1 | -1): void {
    const view = this.views.get(name);
    if (!view) return;
    view.requested.milliCpu += sign * requests.milliCpu;
    view.requested.memoryBytes += sign * requests.memoryBytes;
    view.requested.pods += sign;
    for (const port of hostPorts) sign > 0 ? view.hostPorts.add(port) : view.hostPorts.delete(port);
  }

  private bookedOn(name: string): { requested: Resources; hostPorts: Set<string> } {
    const booked = { requested: { milliCpu: 0, memoryBytes: 0, pods: 0 }, hostPorts: new Set<string>() };
    for (const { node, request } of this.bookings.values()) {
      if (node !== name) continue;
      booked.requested.milliCpu += request.requests.milliCpu;
      booked.requested.memoryBytes += request.requests.memoryBytes;
      booked.requested.pods += 1;
      for (const port of request.hostPorts) booked.hostPorts.add(port);
    }
    return booked;
  }
}
