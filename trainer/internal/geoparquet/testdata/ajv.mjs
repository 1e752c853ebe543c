// Checks STAC items against the JSON Schema of the extension of embeddings. The schemas of STAC itself, which it refers
// to, lie elsewhere: what is theirs passes.
import { readFileSync } from 'node:fs'
import Ajv from 'ajv'

const [schemaPath, ...items] = process.argv.slice(2)
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
ajv.addSchema({ $id: 'https://schemas.stacspec.org/v1.0.0/item-spec/json-schema/item.json', definitions: { link: { type: 'object', required: ['rel', 'href'] } } })
ajv.addSchema({ $id: 'https://schemas.stacspec.org/v1.0.0/collection-spec/json-schema/collection.json' })
ajv.addSchema({
  $id: 'https://stac-extensions.github.io/processing/v1.2.0/schema.json',
  definitions: { fields: { properties: { 'processing:expression': { type: 'object' } } } },
})
const validate = ajv.compile(JSON.parse(readFileSync(schemaPath)))
console.log(JSON.stringify(items.map(path => validate(JSON.parse(readFileSync(path))) ? [] : validate.errors.map(e => `${e.instancePath} ${e.message}`))))
