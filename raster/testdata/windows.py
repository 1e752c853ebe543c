"""Draws windows of map data with Mapnik, to compare with package raster.

usage: windows.py DIRECTORY PASSES

Reads 00.geojson to 11.geojson, one for each layer, in metres of EPSG:3857, with the properties
"kind" (1 disc, 2 line, 3 area) and "width" (pixels), and windows.json: the number of pixels along an
edge and a list of boxes [west, south, east, north].

Writes rasters.bin, uint8 [windows][layers][rows][columns], and prints the seconds that each window took
in the fastest of the passes, as a JSON list. The features are held in memory, behind Mapnik's own
spatial index.
"""

import json
import sys
import time

import mapnik

LAYERS = 12
STYLE = """
<Map srs="epsg:3857" background-color="black">
  <Style name="all">
    <Rule><Filter>[kind] = 3</Filter><PolygonSymbolizer fill="white"/></Rule>
    <Rule><Filter>[kind] = 2</Filter>
      <LineSymbolizer stroke="white" stroke-width="[width]" stroke-linejoin="bevel"/></Rule>
    <Rule><Filter>[kind] = 1</Filter>
      <MarkersSymbolizer fill="white" stroke-width="0" width="[width]" height="[width]"
        allow-overlap="true" ignore-placement="true"/></Rule>
  </Style>
  <Layer name="layer" srs="epsg:3857" buffer-size="24">
    <StyleName>all</StyleName>
    <Datasource>
      <Parameter name="type">geojson</Parameter>
      <Parameter name="file">{path}</Parameter>
      <Parameter name="cache_features">true</Parameter>
    </Datasource>
  </Layer>
</Map>
"""


def load(directory, pixels):
    """Returns a map for each layer, None for one without features."""
    maps = []
    for layer in range(LAYERS):
        path = f"{directory}/{layer:02d}.geojson"
        with open(path, encoding="utf-8") as file:
            if not json.load(file)["features"]:
                maps.append(None)
                continue
        one = mapnik.Map(pixels, pixels)
        mapnik.load_map_from_string(one, STYLE.format(path=path))
        maps.append(one)
    return maps


def main():
    directory, passes = sys.argv[1], int(sys.argv[2])
    with open(f"{directory}/windows.json", encoding="utf-8") as file:
        windows = json.load(file)
    pixels = windows["pixels"]
    boxes = [mapnik.Box2d(*box) for box in windows["boxes"]]
    maps = load(directory, pixels)
    image = mapnik.Image(pixels, pixels)

    def draw(one, box):
        one.zoom_to_box(box)
        image.clear()
        mapnik.render(one, image)

    with open(f"{directory}/rasters.bin", "wb") as file:
        for box in boxes:
            for one in maps:
                if one is None:
                    file.write(bytes(pixels * pixels))
                    continue
                draw(one, box)
                file.write(image.tostring()[::4])  # red of RGBA

    seconds = [float("inf")] * len(boxes)
    for _ in range(passes):
        for i, box in enumerate(boxes):
            start = time.perf_counter()
            for one in maps:
                if one is not None:
                    draw(one, box)
            seconds[i] = min(seconds[i], time.perf_counter() - start)
    if passes > 0:
        print(json.dumps(seconds))


main()
