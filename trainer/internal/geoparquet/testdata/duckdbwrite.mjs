// Writes the rows of a query to a Parquet file, and prints them as DuckDB has them, each as JSON.
import { DuckDBInstance } from '@duckdb/node-api'

const [path, query, options] = process.argv.slice(2)
const db = await (await DuckDBInstance.create(':memory:')).connect()
await db.run(`CREATE TABLE rows AS ${query}`)
await db.run(`COPY rows TO '${path}' (FORMAT parquet${options ? ', ' + options : ''})`)
const names = (await db.runAndReadAll("SELECT column_name FROM (DESCRIBE rows) WHERE column_type NOT LIKE 'GEOMETRY%'")).getRows().map(r => `"${r[0]}"`)
console.log(JSON.stringify((await db.runAndReadAll(`SELECT to_json({${names.map(n => `${n}: ${n}`).join(', ')}}) FROM rows`)).getRows().map(r => JSON.parse(r[0]))))
