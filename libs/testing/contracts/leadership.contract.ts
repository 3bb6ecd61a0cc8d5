import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LeadershipPort } from '#contracts/ports/leadership.port.js';

export interface LeadershipUnderTest {
  /** Another process's view of the same leaderships. */
  open(): LeadershipPort;
  /** Takes it from the present leader, as the death of its connection would. */
  depose(name: string): Promise<void>;
  close(): Promise<void>;
}

/** A `lead` that holds until told to stop, and tells how it went. */
function holder() {
  const terms: AbortSignal[] = [];
  let changed = () => {};
  const lead = async (signal: AbortSignal) => {
    terms.push(signal);
    changed();
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    changed();
  };
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise<void>((resolve) => (changed = resolve));
  };
  return { terms, lead, until, leads: () => terms.at(-1)?.aborted === false };
}

/** What LeadershipPort promises. */
export function leadershipContract(name: string, make: () => Promise<LeadershipUnderTest>): void {
  describe(`leadership contract: ${name}`, () => {
    let under: LeadershipUnderTest;
    beforeAll(async () => {
      under = await make();
    }, 60_000);
    afterAll(() => under?.close(), 60_000);

    it('SYS-02 one leads, the other takes over when it resigns', async () => {
      const [one, two] = [holder(), holder()];
      const first = under.open().campaign('a', one.lead);
      await one.until(one.leads);
      const second = under.open().campaign('a', two.lead);
      expect(two.terms).toHaveLength(0);
      await first.resign();
      expect(one.leads()).toBe(false);
      await two.until(two.leads);
      expect(one.terms).toHaveLength(1);
      await second.resign();
    });

    it('names are apart', async () => {
      const [one, two] = [holder(), holder()];
      const campaigns = [under.open().campaign('b', one.lead), under.open().campaign('c', two.lead)];
      await Promise.all([one.until(one.leads), two.until(two.leads)]);
      await Promise.all(campaigns.map((campaign) => campaign.resign()));
    });

    it('resigning frees the name only when lead has ended', async () => {
      let release = () => {};
      let aborted = () => {};
      const sawAbort = new Promise<void>((resolve) => (aborted = resolve));
      let started = () => {};
      const leading = new Promise<void>((resolve) => (started = resolve));
      const first = under.open().campaign('d', async (signal) => {
        started();
        signal.addEventListener('abort', aborted, { once: true });
        await new Promise<void>((resolve) => (release = resolve));
      });
      await leading;
      const two = holder();
      const second = under.open().campaign('d', two.lead);
      const resigning = first.resign();
      await sawAbort;
      expect(two.terms).toHaveLength(0);
      release();
      await resigning;
      await two.until(two.leads);
      await second.resign();
    });

    it('SYS-10 a leader that loses it is told, the next one leads, and it campaigns again', async () => {
      const [one, two] = [holder(), holder()];
      const first = under.open().campaign('e', one.lead);
      await one.until(one.leads);
      const second = under.open().campaign('e', two.lead);
      await under.depose('e');
      await two.until(two.leads);
      await one.until(() => one.terms[0]?.aborted === true);
      await second.resign();
      await one.until(() => one.terms.length === 2);
      await first.resign();
    }, 20_000);

    it('who resigns while waiting never leads', async () => {
      const [one, two] = [holder(), holder()];
      const first = under.open().campaign('f', one.lead);
      await one.until(one.leads);
      await under.open().campaign('f', two.lead).resign();
      await first.resign();
      expect(two.terms).toHaveLength(0);
    });

    it('resigning twice is harmless', async () => {
      const one = holder();
      const campaign = under.open().campaign('g', one.lead);
      await one.until(one.leads);
      await Promise.all([campaign.resign(), campaign.resign()]);
      await campaign.resign();
    });
  });
}
