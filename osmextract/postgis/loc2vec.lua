-- A style for the flex output of osm2pgsql (1.7 or newer) that keeps what "loc2vec extract" reads and
-- nothing else: osm2pgsql -O flex -S loc2vec.lua
--
-- points    nodes with tags
-- lines     ways with tags, closed ways included: their tags decide later which of them enclose an
--           area. As lines they keep their direction, which tells land from sea, and outlines that cross
--           themselves are not lost.
-- polygons  multipolygon and boundary relations
--
-- Each table has the id of the element in id, all tags in tags, and the geometry in geom, in the degrees
-- of OpenStreetMap.

local degrees = 4326

local points = osm2pgsql.define_table({
    name = 'points',
    ids = { type = 'node', id_column = 'id' },
    columns = {
        { column = 'tags', type = 'jsonb' },
        { column = 'geom', type = 'point', projection = degrees, not_null = true },
    },
})

local lines = osm2pgsql.define_table({
    name = 'lines',
    ids = { type = 'way', id_column = 'id' },
    columns = {
        { column = 'tags', type = 'jsonb' },
        { column = 'geom', type = 'linestring', projection = degrees, not_null = true },
    },
})

-- Ids of relations are stored as negative numbers, those of areas.
local polygons = osm2pgsql.define_table({
    name = 'polygons',
    ids = { type = 'area', id_column = 'id' },
    columns = {
        { column = 'tags', type = 'jsonb' },
        { column = 'geom', type = 'multipolygon', projection = degrees, not_null = true },
    },
})

function osm2pgsql.process_node(object)
    points:insert({ tags = object.tags, geom = object:as_point() })
end

function osm2pgsql.process_way(object)
    lines:insert({ tags = object.tags, geom = object:as_linestring() })
end

function osm2pgsql.process_relation(object)
    local kind = object.tags.type
    if kind == 'multipolygon' or kind == 'boundary' then
        polygons:insert({ tags = object.tags, geom = object:as_multipolygon() })
    end
end
