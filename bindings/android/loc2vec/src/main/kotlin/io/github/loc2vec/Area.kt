package io.github.loc2vec

import io.github.loc2vec.mobile.Mobile
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** What [Model.cutRegion] cuts a region to. */
public sealed interface Area {
    /** A box from its south-western to its north-eastern corner. It crosses the antimeridian if west exceeds east. */
    public data class Box(val southWest: Coordinate, val northEast: Coordinate) : Area

    /** All that lies up to a distance from a track. */
    public data class Corridor(val track: List<Coordinate>, val metres: Double) : Area
}

internal fun List<Area>.toGo(): GoArea {
    val all = go { Mobile.openArea() }
    for (area in this) {
        go {
            when (area) {
                is Area.Box -> all.addBox(
                    area.southWest.latitude, area.southWest.longitude, area.northEast.latitude, area.northEast.longitude,
                )
                is Area.Corridor -> all.addCorridor(area.track.toBytes(), area.metres)
            }
        }
    }
    return all
}

/** Pairs of latitude and longitude, little-endian. */
internal fun List<Coordinate>.toBytes(): ByteArray {
    val bytes = ByteBuffer.allocate(size * 2 * Double.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
    forEach { bytes.putDouble(it.latitude).putDouble(it.longitude) }
    return bytes.array()
}
