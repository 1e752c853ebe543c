package io.github.loc2vec

import android.content.Context
import io.github.loc2vec.mobile.Mobile
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import java.io.File
import java.io.FileNotFoundException
import kotlin.coroutines.Continuation
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException

/** The embedding of a place. */
public class Place internal constructor(go: GoPlace) {
    public val vector: Vector = Vector(go { go.vector() })

    /** The fraction of the window, 0 to 1, that any map layer covers. */
    public val mapped: Double = go.mapped

    /** The place lies in a region, but nothing is mapped around it: its vector is that of an empty map. */
    public val unmapped: Boolean = go.unmapped

    /** The name of the region that contains the place. */
    public val region: String = go.region

    /** The vector was computed for this call. A [Follower] that has not moved returns the last one. */
    public val fresh: Boolean = go.fresh
}

/** The result of [Model.embedAll] for one place. */
public sealed class Outcome {
    public class Found(public val place: Place) : Outcome()

    /** There is no vector: the place lies outside every region, or is not a valid coordinate. */
    public class Skipped(public val reason: Loc2VecException) : Outcome()
}

/** A region of a model. */
public data class Region(
    val name: String,
    /** Must be shown to the users of the app. */
    val attribution: String,
    /** Hash of the contents of the region's file. */
    val contents: String,
    val tiles: Long,
)

/** Describes a model on this device. */
public data class Status(
    /** The self-test reproduced the golden vectors. */
    val healthy: Boolean,
    /** The reason if it did not. */
    val problem: String,
    /** What computes the model, such as "go (neondot)". */
    val engine: String,
    val space: String,
    /** The complete status as JSON, for logs. */
    val json: String,
)

/** The influence of one layer on a vector. */
public data class Contribution(
    val layer: String,
    /** Mean of the layer in the raster, 0 to 1. */
    val coverage: Double,
    /** How far the vector moves without the layer. */
    val distance: Double,
)

/** Says what a place's vector was computed from, or why there is no vector. */
public class Explanation internal constructor(private val go: GoExplanation) {
    /** Why there is no vector, or why it means little; otherwise empty. */
    public val reason: String = go.reason

    /** Returns or throws what [Model.embed] does. */
    public fun place(): Place = Place(go { go.place() })

    /** A picture of the map's layers around the place, as PNG. */
    public fun png(): ByteArray = go { go.png() }

    public val layers: List<Contribution> =
        List(go { go.layerCount() }.toInt()) { i ->
            val c = go { go.layerAt(i.toLong()) }
            Contribution(c.layer, c.coverage, c.distance)
        }
}

/**
 * An opened model with its regions. Safe for concurrent use. Functions that take time suspend and run in
 * [dispatcher]. Closing does not wait: running calls return a result or fail with [ErrorCode.CLOSED].
 */
public class Model internal constructor(
    internal val go: GoModel,
    private val dispatcher: CoroutineDispatcher,
) : AutoCloseable {
    private suspend fun <T> work(call: (GoModel) -> T): T = withContext(dispatcher) { go { call(go) } }

    /** The id of the space of this model's vectors. */
    public val space: String get() = go { go.space() }

    /** What computes the model, such as "go (neondot)". */
    public val engine: String get() = go { go.engine() }

    /** The regions, in the order in which they were added. */
    public val regions: List<Region>
        get() = List(go { go.regionCount() }.toInt()) { i ->
            region(go { go.regionAt(i.toLong()) })
        }

    private fun region(r: GoRegion) = Region(r.name, r.attribution, r.contents, r.tiles)

    public suspend fun addRegion(file: File): Unit = work { it.addRegion(file.path) }

    /** Removes the regions of that name ([Place.region]). */
    public suspend fun removeRegion(name: String): Unit = work { it.removeRegion(name) }

    /**
     * Cuts the region of a file to some areas together, and writes it to another file, whole or not at all. Every
     * place in it has the same vector of this model as in the whole region. The cut has the region's name unless it
     * gets another, and no signature: [addRegion] reads it, a store with keys does not install it. Cancelling stops it.
     */
    public suspend fun cutRegion(
        from: File,
        to: File,
        areas: List<Area>,
        name: String = "",
        onProgress: ((done: Long, total: Long) -> Unit)? = null,
    ): Region {
        val within = areas.toGo()
        val progress = onProgress?.let { report -> GoProgress { done, total -> report(done, total) } }
        return inTask(dispatcher) { task -> region(go.cutRegion(from.path, to.path, name, within, progress, task)) }
    }

    /** The embedding of a place. */
    public suspend fun embed(at: Coordinate): Place = Place(work { it.embed(at.latitude, at.longitude) })

    /** The embeddings of many places, computed on all processors, in the order of [places]. Cancelling stops it. */
    public suspend fun embedAll(places: List<Coordinate>): List<Outcome> {
        val bytes = places.toBytes()
        return suspendCancellableCoroutine { continuation ->
            val task = go { go.startEmbed(bytes, Collector(continuation)) }
            continuation.invokeOnCancellation { task.cancel() }
        }
    }

    /** Follows one position, and computes a vector only when the position has moved by the threshold. */
    public fun follow(thresholdMetres: Double = 0.0): Follower =
        Follower(go { go.follow(thresholdMetres) }, dispatcher)

    /** Explains a place's vector. Takes as long as up to 13 embeddings. */
    public suspend fun explain(at: Coordinate): Explanation =
        withContext(dispatcher) { Explanation(go { go.explain(at.latitude, at.longitude) }) }

    /** Describes the model and tests it on this device. */
    public suspend fun status(): Status = work {
        val s = it.status()
        Status(s.healthy, s.problem, s.engine, s.space, s.json())
    }

    /** Reads the classes of a file; there are none if it is null or does not exist. */
    public suspend fun openClasses(file: File? = null): Classes = Classes(work { it.openClasses(file?.path.orEmpty()) })

    /** Reads the saved places of a file; there are none if it is null or does not exist. */
    public suspend fun openIndex(file: File? = null): PlaceIndex = PlaceIndex(work { it.openIndex(file?.path.orEmpty()) })

    override fun close(): Unit = go { go.close() }

    public companion object {
        /** Opens a bundle. */
        public suspend fun open(
            bundle: File,
            options: ModelOptions = ModelOptions(),
            dispatcher: CoroutineDispatcher = Dispatchers.Default,
        ): Model = opened(dispatcher) { Model(go { Mobile.openModel(bundle.path, options.toGo()) }, dispatcher) }

        /**
         * Opens the base model, which comes with the library. A newer library may contain another one, with
         * another [space]. Like every model it needs regions of its schema.
         */
        public suspend fun openBase(
            context: Context,
            options: ModelOptions = ModelOptions(),
            dispatcher: CoroutineDispatcher = Dispatchers.Default,
        ): Model = opened(dispatcher) {
            val bundle = try {
                context.assets.open(BASE).use { it.readBytes() }
            } catch (e: FileNotFoundException) {
                throw Loc2VecException(ErrorCode.NOT_FOUND, "the library was built without the base model", e)
            }
            Model(go { Mobile.openModelBytes(bundle, options.toGo()) }, dispatcher)
        }

        private const val BASE = "loc2vec/base.l2v"
    }
}

/** Opens a model in a dispatcher. If the caller is cancelled meanwhile, the model is closed. */
internal suspend fun opened(dispatcher: CoroutineDispatcher, open: () -> Model): Model {
    var model: Model? = null
    try {
        return withContext(dispatcher) { open().also { model = it } }
    } catch (e: CancellationException) {
        model?.close()
        throw e
    }
}

/** Collects the results of a task. Its functions are called sequentially. */
private class Collector(private val continuation: Continuation<List<Outcome>>) : GoListener {
    private val outcomes = mutableListOf<Outcome>()

    override fun onPlace(index: Long, place: GoPlace) {
        outcomes += Outcome.Found(Place(place))
    }

    override fun onSkipped(index: Long, message: String) {
        outcomes += Outcome.Skipped(Loc2VecException.of(message, null))
    }

    override fun onDone() = continuation.resume(outcomes)

    override fun onFailed(message: String) =
        continuation.resumeWithException(Loc2VecException.of(message, null))
}

/** Returns the embedding of a moving position. */
public class Follower internal constructor(
    private val go: GoFollower,
    private val dispatcher: CoroutineDispatcher,
) {
    /** The place of the position; [Place.fresh] says whether its vector was computed for this call. */
    public suspend fun at(position: Coordinate): Place =
        withContext(dispatcher) { Place(go { go.at(position.latitude, position.longitude) }) }
}
