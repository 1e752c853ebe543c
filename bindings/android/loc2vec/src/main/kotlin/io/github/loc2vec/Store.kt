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
    /** The name of the file, such as "bremen.pmtiles". */
    val name: String,
    val isRegion: Boolean,
    val file: File,
    val bytes: Long,
    /** The name of a region. */
    val title: String,
    /** The attribution of a region's map, which must be shown to the users of the app. */
    val attribution: String,
    /** The id of a model's space. */
    val space: String,
    /** Why the file cannot be read; null if it can be read. */
    val problem: Loc2VecException?,
)

/** Options of one installation. */
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
 * A directory of regions and models that belongs to the app. The files on the disk are the store; it need not
 * be closed. Functions that take time suspend and run in [dispatcher].
 */
public class Store private constructor(
    private val go: GoStore,
    private val dispatcher: CoroutineDispatcher,
) {
    private suspend fun <T> work(call: (GoStore) -> T): T = withContext(dispatcher) { go { call(go) } }

    /** Installs a copy of a file under a name such as "bremen.pmtiles" or "city.l2v". */
    public suspend fun install(name: String, file: File, options: InstallOptions = InstallOptions()): Item =
        item(work { it.installFile(name, file.path, options.toGo()) })

    /** Reads a stream to its end and installs it, such as a download. Cancelling stops the installation. */
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
                ensureActive() // throws the CancellationException instead of the error of Go
                throw e
            }
        }

    public suspend fun list(): List<Item> = items(work { it.list() })

    /** The total size of the store's files in bytes. */
    public suspend fun size(): Long = work { it.size() }

    /** Repeats the checks of the installation. */
    public suspend fun verify(name: String): Unit = work { it.verify(name) }

    public suspend fun remove(name: String): Unit = work { it.remove(name) }

    public suspend fun openModel(name: String, options: ModelOptions = ModelOptions()): Model =
        opened(dispatcher) { Model(go { go.openModel(name, options.toGo()) }, Dispatchers.Default) }

    public suspend fun addRegion(model: Model, name: String): Unit = work { it.addRegion(model.go, name) }

    /** Adds all regions that have the model's schema, and returns them. */
    public suspend fun addRegions(model: Model): List<Item> = items(work { it.addRegions(model.go) })

    private fun items(items: Items) = List(go { items.count() }.toInt()) { i -> item(go { items.at(i.toLong()) }) }

    private fun item(i: GoItem) = Item(
        i.name, i.kind == "region", File(i.path), i.bytes, i.title, i.attribution, i.space,
        i.problem.takeIf { it.isNotEmpty() }?.let { Loc2VecException.of(it, null) },
    )

    public companion object {
        private const val BUFFER = 256L * 1024

        /** Opens the store in a directory, and creates it if necessary. With a key, all files must be signed. */
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
