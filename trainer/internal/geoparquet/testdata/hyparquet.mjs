// Prints the metadata, schema and rows of a Parquet file as hyparquet reads them.
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const file = await asyncBufferFromFile(process.argv[2])
const metadata = await parquetMetadataAsync(file)
const rows = await parquetReadObjects({ file, compressors })
const plain = (_, v) => typeof v === 'bigint' ? Number(v) : v instanceof Uint8Array ? Buffer.from(v).toString('hex') : v
console.log(JSON.stringify({
  keys: Object.fromEntries(metadata.key_value_metadata.map(({ key, value }) => [key, value])),
  columns: metadata.schema.slice(1).map(({ name }) => name),
  codecs: [...new Set(metadata.row_groups.flatMap(g => g.columns.map(c => c.meta_data.codec)))],
  groups: metadata.row_groups.map(g => Number(g.num_rows)),
  rows,
}, plain))
