// Reads a list of vector tiles, one path a line, with @mapbox/vector-tile and prints as JSON what each of their
// layers holds: the number of parts and the hash of a text with one line for each, "kind x,y x,y".
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';

const require = createRequire(join(process.cwd(), 'x.js'));
const load = async (name) => import(pathToFileURL(require.resolve(name)));
const { VectorTile } = await load('@mapbox/vector-tile');
const pbf = await load('pbf');
const Pbf = pbf.default ?? pbf.PbfReader;

const all = readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean).map((path) => {
  const tile = new VectorTile(new Pbf(readFileSync(path)));
  return Object.fromEntries(Object.entries(tile.layers).map(([name, layer]) => {
    const hash = createHash('sha256');
    let parts = 0;
    for (let i = 0; i < layer.length; i++) {
      const feature = layer.feature(i);
      if (feature.type < 1 || feature.type > 3) continue;
      for (let part of feature.loadGeometry()) {
        if (feature.type === 3) part = part.slice(0, -1); // the first point, once more
        for (const points of feature.type === 1 ? part.map((p) => [p]) : [part]) {
          hash.update(`${feature.type} ${points.map((p) => `${p.x},${p.y}`).join(' ')}\n`);
          parts++;
        }
      }
    }
    return [name, { Parts: parts, Hash: hash.digest('hex') }];
  }));
});
console.log(JSON.stringify(all));
