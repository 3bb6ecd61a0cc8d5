import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { nodeImages, nodes } from '#kubernetes/resources.js';
import { notFound } from '../http/status-error.js';
import { momentOf } from '../kubernetes/instant.js';
import { ObjectsService } from '../kubernetes/objects.service.js';
import { CLOCK, LOG } from '../tokens.js';

/** What a node knows of its images, beyond what a Node's status has room for. */
@Controller('podbus/v1/nodes/:node/images')
export class NodeImagesController {
  constructor(
    private readonly objects: ObjectsService,
    @Inject(LOG) private readonly log: EventLogPort,
    @Inject(CLOCK) private readonly clock: ClockPort,
  ) {}

  /** `at`: as it was then. */
  @Get()
  @Header('Content-Type', 'application/json')
  async list(@Param('node') node: string, @Query('at') at?: string): Promise<string> {
    const moment = at ? await momentOf(at, this.log, this.clock) : undefined;
    const images = await this.objects.get(nodeImages, '', node, {}, moment);
    if (images !== undefined) return images;
    if ((await this.objects.get(nodes, '', node, {}, moment)) === undefined) throw notFound('nodes', node);
    return JSON.stringify({ node, images: [] });
  }
}
