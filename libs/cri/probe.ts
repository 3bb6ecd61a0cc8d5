import { CriRuntime } from './cri-runtime.adapter.js';

/** Whether the CRI at this address serves, network included, and has the image. Never waits long; may reject. */
export async function criServes(address: string, image: string): Promise<boolean> {
  const runtime = new CriRuntime(address);
  try {
    const { ready } = await runtime.status();
    return ready && (await runtime.imageStatus(image)) !== undefined;
  } finally {
    runtime.close();
  }
}
