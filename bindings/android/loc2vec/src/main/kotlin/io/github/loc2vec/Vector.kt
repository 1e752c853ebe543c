package io.github.loc2vec

import io.github.loc2vec.mobile.Mobile
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** A place on Earth, in degrees of WGS84. */
public data class Coordinate(val latitude: Double, val longitude: Double)

/** A point of an embedding space. It is immutable. */
public class Vector internal constructor(internal val go: GoVector) {
    /** The id of the space. Only vectors of one space are comparable. */
    public val space: String get() = go { go.space() }

    /** How vectors of the space are compared: "euclidean" or "cosine". */
    public val metric: String get() = go { go.metric() }

    /** A copy of the numbers as bytes, little-endian. Store them together with [space] and [metric]. */
    public fun toBytes(): ByteArray = go { go.bytes() }

    /** A copy of the numbers. */
    public fun toFloatArray(): FloatArray {
        val bytes = ByteBuffer.wrap(toBytes()).order(ByteOrder.LITTLE_ENDIAN)
        return FloatArray(bytes.capacity() / Float.SIZE_BYTES) { bytes.getFloat() }
    }

    /** How different two places are, 0 for places with the same map. */
    public fun distanceTo(other: Vector): Double = go { go.distanceTo(other.go) }

    override fun equals(other: Any?): Boolean =
        other is Vector && space == other.space && metric == other.metric && toBytes().contentEquals(other.toBytes())

    override fun hashCode(): Int = toBytes().contentHashCode()

    override fun toString(): String = toFloatArray().joinToString(", ", "[", "]")

    public companion object {
        /** A stored vector, from its space, metric and [toBytes]. */
        public fun of(space: String, metric: String, bytes: ByteArray): Vector =
            Vector(go { Mobile.openVector(space, metric, bytes) })

        /** A stored vector, from its space, metric and [toFloatArray]. */
        public fun of(space: String, metric: String, values: FloatArray): Vector {
            val bytes = ByteBuffer.allocate(values.size * Float.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
            values.forEach { bytes.putFloat(it) }
            return of(space, metric, bytes.array())
        }

        /** a - b + c, the vector that relates to c as a relates to b. [PlaceIndex.nearest] finds places like it. */
        public fun analogy(a: Vector, b: Vector, c: Vector): Vector =
            Vector(go { Mobile.analogy(a.go, b.go, c.go) })
    }
}
