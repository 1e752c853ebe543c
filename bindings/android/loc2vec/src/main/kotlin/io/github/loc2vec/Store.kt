package io.github.loc2vec

import io.github.loc2vec.mobile.Items
import io.github.loc2vec.mobile.Mobile
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext
import java.io.File
import java.io.InputStream

/** A region or model of a store. */
public data class Item(
    /** Of the file, "bremen.pmtiles". */
    val name: String,
    val isRegion: Boolean,
    val file: File,
    val bytes: Long,
    /** What a region is called. */
    val title: String,
    /** Of a region's map, to be shown to the people who use the app. */
    val attribution: String,
    /** Of a model. */
    val space: String,
    /** Why the file cannot be read; null when it can. */
    val problem: Loc2VecException?,
)

/** More about one installation. */
public class InstallOptions(
    /** The contents of the .sig file. */
    public val signature: ByteArray? = null,
    /** The hash that the file must have, in hexadecimal. */
    public val sha256: String? = null,
    /** The schema that the region or model must have. */
    public val schemaHash: String? = null,
    /** Removes the old file first, for devices without room for both. */
    public val replaceInPlace: Boolean = false,
) {
    internal fun toGo() = GoInstallOptions().also {
        it.signature = signature
        it.shA256 = sha256.orEmpty()
        it.schemaHash = schemaHash.orEmpty()
        it.replaceInPlace = replaceInPlace
    }
}

/**
 * A folder of regions and models, of the app's own. What is on the disk is in the store; there is
 * nothing to close. Functions that take time suspend: they work in [dispatcher].
 */
public class Store private constructor(
    private val go: GoStore,
    private val dispatcher: CoroutineDispatcher,
) {
    private suspend fun <T> work(call: (GoStore) -> T): T = withContext(dispatcher) { go { call(go) } }

    /** Installs a copy of a file under a name such as "bremen.pmtiles" or "city.l2v". */
    public suspend fun install(name: String, file: File, options: InstallOptions = InstallOptions()): Item =
        item(work { it.installFile(name, file.path, options.toGo()) })

    /** Installs what a stream holds, such as a download. Cancelling ends the installation. */
    public suspend fun install(name: String, stream: InputStream, options: InstallOptions = InstallOptions()): Item =
        withContext(dispatcher) {
            val source = GoSource { max ->
                ensureActive()
                val buffer = ByteArray(minOf(max, BUFFER).toInt())
                val n = stream.read(buffer)
                if (n < 0) ByteArray(0) else buffer.copyOf(n)
            }
            try {
                item(go { go.installFrom(name, source, options.toGo()) })
            } catch (e: Loc2VecException) {
                ensureActive() // that, rather than what Go made of it
                throw e
            }
        }

    public suspend fun list(): List<Item> = items(work { it.list() })

    /** How many bytes the store takes. */
    public suspend fun size(): Long = work { it.size() }

    /** Checks again all that an installation has checked. */
    public suspend fun verify(name: String): Unit = work { it.verify(name) }

    public suspend fun remove(name: String): Unit = work { it.remove(name) }

    public suspend fun openModel(name: String, options: ModelOptions = ModelOptions()): Model =
        opened(dispatcher) { Model(go { go.openModel(name, options.toGo()) }, Dispatchers.Default) }

    public suspend fun addRegion(model: Model, name: String): Unit = work { it.addRegion(model.go, name) }

    /** Adds all regions that go with the model, and returns them. */
    public suspend fun addRegions(model: Model): List<Item> = items(work { it.addRegions(model.go) })

    private fun items(items: Items) = List(go { items.count() }.toInt()) { i -> item(go { items.at(i.toLong()) }) }

    private fun item(i: GoItem) = Item(
        i.name, i.kind == "region", File(i.path), i.bytes, i.title, i.attribution, i.space,
        i.problem.takeIf { it.isNotEmpty() }?.let { Loc2VecException.of(it, null) },
    )

    public companion object {
        private const val BUFFER = 256L * 1024

        /** Opens the store in a folder, which is made if need be. With a key, everything must be signed. */
        public suspend fun open(
            dir: File,
            publicKey: String? = null,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
        ): Store = withContext(dispatcher) {
            val options = GoStoreOptions().also { it.publicKey = publicKey.orEmpty() }
            Store(go { Mobile.openStore(dir.path, options) }, dispatcher)
        }
    }
}
