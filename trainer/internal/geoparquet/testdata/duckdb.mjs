// Runs queries on a Parquet file, which is the view "places", and prints their rows.
import { DuckDBInstance } from '@duckdb/node-api'

const [path, ...queries] = process.argv.slice(2)
const instance = await DuckDBInstance.create(':memory:')
const db = await instance.connect()
await db.run(`CREATE VIEW places AS FROM read_parquet('${path}', hive_partitioning = false)`)
const all = []
for (const query of queries) {
  const reader = await db.runAndReadAll(query)
  all.push(reader.getRowObjectsJson())
}
console.log(JSON.stringify(all))
