// Prints what the npm packages pmtiles, @mapbox/vector-tile and pbf read in a region pack, as JSON.
// Runs in a folder that has them: node --input-type=module - PACK X/Y... < readpack.mjs
import { open } from "node:fs/promises";
import { PMTiles } from "pmtiles";
import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";

const [path, ...tiles] = process.argv.slice(2);
const file = await open(path);
const source = {
  getKey: () => path,
  getBytes: async (offset, length) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return { data: buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + bytesRead) };
  },
};
const archive = new PMTiles(source);
const found = {};
for (const tile of tiles) {
  const [x, y] = tile.split("/").map(Number);
  const contents = await archive.getZxy(14, x, y);
  if (contents === undefined) {
    found[tile] = null;
    continue;
  }
  const { layers } = new VectorTile(new PbfReader(new Uint8Array(contents.data)));
  found[tile] = Object.values(layers).map((layer) => ({
    name: layer.name,
    version: layer.version,
    extent: layer.extent,
    features: Array.from({ length: layer.length }, (_, i) => {
      const feature = layer.feature(i);
      return { type: feature.type, properties: feature.properties, geometry: feature.loadGeometry() };
    }),
  }));
}
console.log(JSON.stringify({ header: await archive.getHeader(), metadata: await archive.getMetadata(), tiles: found }));
