import { fileURLToPath } from 'node:url';

// Three tiers: unit (*.spec.ts beside the code), integration (*.int.spec.ts against real servers), stack (test/**).
const rootDir = fileURLToPath(new URL('..', import.meta.url));
const base = {
  rootDir,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^#(contracts|domain|event-log|bus|cri|kubernetes|host|testing)/(.*)\\.js$': '<rootDir>/libs/$1/$2',
    '^#apps/(.*)\\.js$': '<rootDir>/apps/$1',
    '^#migrations/(.*)\\.js$': '<rootDir>/migrations/$1',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};
export default {
  rootDir,
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs,migrations}/**/*.spec.ts', '<rootDir>/test/simulation/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.int\\.spec\\.ts$'],
    },
    { ...base, displayName: 'integration', testMatch: ['<rootDir>/{apps,libs,migrations}/**/*.int.spec.ts'] },
    {
      ...base,
      displayName: 'stack',
      testMatch: ['<rootDir>/test/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/simulation/'],
    },
  ],
};
