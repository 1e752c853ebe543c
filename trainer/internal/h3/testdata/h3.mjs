// Prints for each place of a file, "latitude longitude resolution" on a line, the cell of h3-js, its centre and its outline.
import { readFileSync, writeSync } from 'node:fs'
import { latLngToCell, cellToLatLng, cellToBoundary } from 'h3-js'

const rows = []
for (const line of readFileSync(process.argv[2], 'utf8').trimEnd().split('\n')) {
  const [lat, lon, resolution] = line.split(' ').map(Number)
  const cell = latLngToCell(lat, lon, resolution)
  rows.push([cell, ...cellToLatLng(cell), ...cellToBoundary(cell).flat()].join(' '))
  if (rows.length === 10000) writeSync(1, rows.splice(0).join('\n') + '\n')
}
if (rows.length) writeSync(1, rows.join('\n') + '\n')
