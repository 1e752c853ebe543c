package io.github.loc2vec

import io.github.loc2vec.mobile.Mobile
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File

/** The answer of [Classes] to a place. */
public data class Match(
    /** The class that the place belongs to; null for none of these. */
    val name: String?,
    /** The nearest class, whether the place belongs to it or not; null without any class. */
    val nearest: String?,
    /** The distance to the nearest class. */
    val distance: Double,
    /** The place belongs to the class up to this distance. */
    val threshold: Double,
)

/** Tells kinds of places apart from a handful of examples of each. */
public class Classes internal constructor(private val go: GoClasses) {
    /** Adds an example to a class, which need not be there yet. */
    public fun add(name: String, example: Vector): Unit = go { go.add(name, example.go) }

    /** Forgets a class and returns whether it was there. */
    public fun remove(name: String): Boolean = go { go.remove(name) }

    public val names: List<String> get() = go { go.names() }.toList()

    /** How many examples a class has. */
    public fun examples(name: String): Int = go { go.examples(name) }.toInt()

    public fun classify(vector: Vector): Match {
        val m = go { go.classify(vector.go) }
        return Match(m.name.ifEmpty { null }, m.nearest.ifEmpty { null }, m.distance, m.threshold)
    }

    /** Writes all examples to a file, whole or not at all. */
    public suspend fun save(file: File): Unit = withContext(Dispatchers.IO) { go { go.save(file.path) } }
}

/** A saved place and how far its vector is. */
public data class Neighbour(val id: String, val distance: Double)

/** Finds the saved places that are like another place. */
public class PlaceIndex internal constructor(private val go: GoIndex) {
    public fun put(id: String, vector: Vector): Unit = go { go.put(id, vector.go) }

    /** Forgets a place and returns whether it was there. */
    public fun remove(id: String): Boolean = go { go.remove(id) }

    /** The vector of a place, null when it is not there. */
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

    /** The mean of some places: what is typical of them. */
    public fun centroid(ids: Iterable<String>): Vector {
        val list = go { Mobile.openStrings() }
        ids.forEach { go { list.add(it) } }
        return Vector(go { go.centroid(list) })
    }

    /** Writes all places to a file, whole or not at all. */
    public suspend fun save(file: File): Unit = withContext(Dispatchers.IO) { go { go.save(file.path) } }
}

private fun GoStrings.toList(): List<String> = List(go { count() }.toInt()) { i -> go { at(i.toLong()) } }
