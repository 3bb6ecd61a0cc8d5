// Where the package imports (`#domain/…`) lead in the sources; package.json leads to the compiled files.
const { join } = require('node:path');
const { imports } = require('./package.json');
module.exports = {
  resolve: {
    alias: Object.fromEntries(
      Object.entries(imports).map(([name, target]) => [
        name.replace('/*', ''),
        join(__dirname, target.replace('./dist/', '').replace('/*', '')),
      ]),
    ),
    extensionAlias: { '.js': ['.ts', '.js'] },
    extensions: ['.ts', '.js', '.mjs'],
  },
};
