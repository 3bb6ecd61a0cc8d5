import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * Hears from inside the containers what really ran, whatever the log says: a container, or a hook in it, tells a line
 * over the pods' network. Every line is kept, so that what ran twice is heard twice.
 */
export class Witness {
  readonly heard: string[] = [];
  private server: Server | undefined;
  private address = '';

  /** `bridge`: the pods' network, which must be up. */
  async listen(bridge: string): Promise<void> {
    const host = networkInterfaces()[bridge]?.find(({ family }) => family === 'IPv4')?.address;
    if (!host) throw new Error(`the bridge ${bridge} has no address: no pod has run on it yet`);
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      let text = '';
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        text += data.toString();
      });
      socket.on('end', () => {
        if (text.endsWith('\n')) this.heard.push(text.trim());
        socket.end();
      });
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, host, resolve);
    });
    const address = server.address();
    this.address = typeof address === 'object' ? `${host} ${address?.port}` : '';
  }

  /** A shell command for the inside of a container; fails when it was not heard. */
  tell(line: string): string {
    return `echo '${line}' | nc -w 3 ${this.address}`;
  }

  count(line: string): number {
    return this.heard.filter((one) => one === line).length;
  }

  async close(): Promise<void> {
    await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(undefined)));
  }
}
