import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSync, type MessageTypeDefinition, type ServiceDefinition } from '@grpc/proto-loader';

/** Service definitions of the CRI and of containerd's own, for clients and for the fake server alike. */
export interface Protocol {
  runtimeService: ServiceDefinition;
  imageService: ServiceDefinition;
  eventsService: ServiceDefinition;
  imagesService: ServiceDefinition;
  contentService: ServiceDefinition;
  taskExit: MessageTypeDefinition<object, object>;
}

const protoFiles = [
  'cri.proto',
  'containerd-events.proto',
  'containerd-images.proto',
  'containerd-task.proto',
  'containerd-content.proto',
];
let loaded: Protocol | undefined;

/** Parsed once a process (about 30 ms). Fields are camelCase, enums are names, 64-bit numbers are numbers. */
export function protocol(): Protocol {
  if (loaded) return loaded;
  const definitions = loadSync(protoFiles, {
    includeDirs: [protoDirectory()],
    defaults: true,
    enums: String,
    longs: Number,
  });
  loaded = {
    runtimeService: definitions['runtime.v1.RuntimeService'] as ServiceDefinition,
    imageService: definitions['runtime.v1.ImageService'] as ServiceDefinition,
    eventsService: definitions['containerd.services.events.v1.Events'] as ServiceDefinition,
    imagesService: definitions['containerd.services.images.v1.Images'] as ServiceDefinition,
    contentService: definitions['containerd.services.content.v1.Content'] as ServiceDefinition,
    taskExit: definitions['containerd.events.TaskExit'] as MessageTypeDefinition<object, object>,
  };
  return loaded;
}

/** The compiler does not copy .proto files, so they are found from the package's root, from `dist` and from source. */
function protoDirectory(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let dir = here; ; dir = dirname(dir)) {
    const candidate = join(dir, 'libs', 'cri', 'proto');
    if (existsSync(join(dir, 'package.json')) && existsSync(candidate)) return candidate;
    if (dir === dirname(dir)) throw new Error(`libs/cri/proto was found in no directory above ${here}`);
  }
}
