package io.github.loc2vec

import io.github.loc2vec.mobile.Mobile
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File

/** The result of [Classes.classify]. */
public data class Match(
    /** The class that the place belongs to; null if it belongs to none. */
    val name: String?,
    /** The nearest class, even if the place does not belong to it; null without any class. */
    val nearest: String?,
    /** The distance to the nearest class. */
    val distance: Double,
    /** The place belongs to the class up to this distance. */
    val threshold: Double,
)

/** Recognises kinds of places from a few examples of each. */
public class Classes internal constructor(private val go: GoClasses) {
    /** Adds an example to a class, and the class if it is new. */
    public fun add(name: String, example: Vector): Unit = go { go.add(name, example.go) }

    /** Removes a class and returns whether it existed. */
    public fun remove(name: String): Boolean = go { go.remove(name) }

    public val names: List<String> get() = go { go.names() }.toList()

    /** The number of examples of a class. */
    public fun examples(name: String): Int = go { go.examples(name) }.toInt()

    public fun classify(vector: Vector): Match {
        val m = go { go.classify(vector.go) }
        return Match(m.name.ifEmpty { null }, m.nearest.ifEmpty { null }, m.distance, m.threshold)
    }

    /** Writes all examples to a file, whole or not at all. */
    public suspend fun save(file: File): Unit = withContext(Dispatchers.IO) { go { go.save(file.path) } }
}

/** A saved place with the distance of its vector to the query. */
public data class Neighbour(val id: String, val distance: Double)

/** Finds saved places that are like another place. */
public class PlaceIndex internal constructor(private val go: GoIndex) {
    public fun put(id: String, vector: Vector): Unit = go { go.put(id, vector.go) }

    /** Removes a place and returns whether it existed. */
    public fun remove(id: String): Boolean = go { go.remove(id) }

    /** The vector of a place, null if it does not exist. */
    public operator fun get(id: String): Vector? =
        try {
            Vector(go { go.get(id) })
        } catch (e: Loc2VecException) {
            if (e.code == ErrorCode.NOT_FOUND) null else throw e
        }

    public val ids: List<String> get() = go { go.list() }.toList()

    public val size: Int get() = go { go.count() }.toInt()

    /** The places nearest to a vector, nearest first. */
    public fun nearest(vector: Vector, limit: Int): List<Neighbour> {
        val all = go { go.nearest(vector.go, limit.toLong()) }
        return List(go { all.count() }.toInt()) { i ->
            val n = go { all.at(i.toLong()) }
            Neighbour(n.id, n.distance)
        }
    }

    /** The mean of the vectors of some places. */
    public fun centroid(ids: Iterable<String>): Vector {
        val list = go { Mobile.openStrings() }
        ids.forEach { go { list.add(it) } }
        return Vector(go { go.centroid(list) })
    }

    /** Writes all places to a file, whole or not at all. */
    public suspend fun save(file: File): Unit = withContext(Dispatchers.IO) { go { go.save(file.path) } }
}

private fun GoStrings.toList(): List<String> = List(go { count() }.toInt()) { i -> go { at(i.toLong()) } }
