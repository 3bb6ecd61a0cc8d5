/** The pods of the demo, as anybody would write them. `image` names one in the demo's own registry. */
export const webPod = (image: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    terminationGracePeriodSeconds: 10,
    containers: [
      {
        name: 'web',
        image,
        command: ['sh', '-c', "trap 'exit 0' TERM; while :; do sleep 0.1; done"],
        lifecycle: {
          postStart: { exec: { command: ['sh', '-c', 'echo open for business > /tmp/sign'] } },
          preStop: { exec: { command: ['sh', '-c', 'sleep 1; echo closed > /tmp/sign'] } },
        },
      },
    ],
  },
});

/** Ends badly, again and again. */
export const crashPod = (image: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'crash' },
  spec: { containers: [{ name: 'worker', image, command: ['sh', '-c', 'exit 7'] }] },
});

/** Its image does not exist. */
export const lostPod = (image: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'lost' },
  spec: { containers: [{ name: 'app', image }] },
});
