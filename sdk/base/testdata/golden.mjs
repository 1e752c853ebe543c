// Computes the golden vectors of a bundle's files encoder.onnx and golden.bin (FORMAT.md) and prints as JSON
// how many differ, by how much, and how many there are.
//
//   node golden.mjs PACKAGE FOLDER OPTIONS
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [name, folder, options] = process.argv.slice(2);
const require = createRequire(join(process.cwd(), 'x.js'));
const ort = name === 'onnxruntime-web'
  ? await import(pathToFileURL(join(process.cwd(), 'node_modules', name, 'dist/ort.node.min.mjs')))
  : require(name);
if (ort.env.wasm) ort.env.wasm.numThreads = 1;

const file = readFileSync(join(folder, 'golden.bin'));
const [version, count, rasterBytes, dimension] = [4, 8, 12, 16].map((at) => file.readUInt32LE(at));
const pixels = Math.sqrt(rasterBytes / 12);
if (file.toString('latin1', 0, 4) !== 'L2VG' || version !== 1) throw new Error('not golden.bin, version 1');

const session = await ort.InferenceSession.create(readFileSync(join(folder, 'encoder.onnx')), JSON.parse(options));
let differing = 0, most = 0;
for (let i = 0; i < count; i++) {
  const at = 20 + i * (rasterBytes + 4 * dimension);
  const raster = new ort.Tensor('uint8', Uint8Array.from(file.subarray(at, at + rasterBytes)), [1, 12, pixels, pixels]);
  const { embedding } = await session.run({ raster });
  let same = true;
  for (let k = 0; k < dimension; k++) {
    const want = file.readFloatLE(at + rasterBytes + 4 * k);
    same &&= Object.is(embedding.data[k], want);
    most = Math.max(most, Math.abs(embedding.data[k] - want));
  }
  if (!same) differing++;
}
console.log(JSON.stringify({ count, differing, most }));
process.exit(0);
