package io.github.loc2vec

import io.github.loc2vec.mobile.Items
import io.github.loc2vec.mobile.Mobile
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
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
    /** The date of a region's data, in the form of RFC 3339; empty if it is unknown. */
    val date: String,
    /** The id of the key that has signed the file; empty in a store without keys. */
    val signedBy: String,
    /** The trusted comment of the signature. */
    val comment: String,
    /** Why the file cannot be read; null if it can be read and is signed as it should be. */
    val problem: Loc2VecException?,
)

/** Options of one installation. By default a file may replace one of the same region that is not newer. */
public class InstallOptions(
    /** The contents of the .minisig file. */
    public val signature: ByteArray? = null,
    /** The hash that the file must have, in hexadecimal. */
    public val sha256: String? = null,
    /** The schema that the region or model must have. */
    public val schemaHash: String? = null,
    /** The name of the region; by default that of the installed region, if any. */
    public val region: String? = null,
    /** The least date of a region's data, such as "2026-11-30" or "2026-11-30T20:21:02Z". */
    public val notBefore: String? = null,
    /** The name that the file had when it was signed. */
    public val signedName: String? = null,
    /** Lets the file replace a newer one. */
    public val allowOlder: Boolean = false,
    /** Removes the old file first, for devices without room for both. */
    public val replaceInPlace: Boolean = false,
) {
    internal fun toGo() = GoInstallOptions().also {
        it.signature = signature
        it.shA256 = sha256.orEmpty()
        it.schemaHash = schemaHash.orEmpty()
        it.region = region.orEmpty()
        it.notBefore = notBefore.orEmpty()
        it.signedName = signedName.orEmpty()
        it.allowOlder = allowOlder
        it.replaceInPlace = replaceInPlace
    }
}

/**
 * A directory of regions and models, to which nobody but this class may write. The files on the disk are the store; it
 * need not be closed. Functions that take time suspend and run in [dispatcher]. Cancelling stops them.
 */
public class Store private constructor(
    private val go: GoStore,
    private val dispatcher: CoroutineDispatcher,
) {
    private suspend fun <T> work(call: (GoStore, GoTask) -> T): T = inTask(dispatcher) { task -> call(go, task) }

    /**
     * Installs a copy of a file under a name such as "bremen.pmtiles" or "city.l2v". Without a signature in the
     * options, it is read from the file that has ".minisig" added to its name.
     */
    public suspend fun install(name: String, file: File, options: InstallOptions = InstallOptions()): Item =
        item(work { store, task -> store.installFile(name, file.path, options.toGo(), task) })

    /**
     * Reads a stream to its end and installs it, such as a download. If it is cancelled while the stream is read, do
     * not use the stream afterwards.
     */
    public suspend fun install(name: String, stream: InputStream, options: InstallOptions = InstallOptions()): Item {
        val source = GoSource { max ->
            val buffer = ByteArray(minOf(max, BUFFER).toInt())
            val n = stream.read(buffer)
            if (n < 0) ByteArray(0) else buffer.copyOf(n)
        }
        return item(work { store, task -> store.installFrom(name, source, options.toGo(), task) })
    }

    /** Lists regions and models by name. In a store with keys it reads all files to check their signatures. */
    public suspend fun list(): List<Item> = items(work { store, task -> store.list(task) })

    /** The total size of the store's files in bytes. */
    public suspend fun size(): Long = work { store, _ -> store.size() }

    /** Repeats the checks of the installation. */
    public suspend fun verify(name: String): Unit = work { store, task -> store.verify(name, task) }

    public suspend fun remove(name: String): Unit = work { store, task -> store.remove(name, task) }

    public suspend fun openModel(name: String, options: ModelOptions = ModelOptions()): Model {
        var model: Model? = null
        try {
            return work { store, task ->
                Model(store.openModel(name, options.toGo(), task), Dispatchers.Default).also { model = it }
            }
        } catch (e: CancellationException) {
            model?.close()
            throw e
        }
    }

    public suspend fun addRegion(model: Model, name: String): Unit =
        work { store, task -> store.addRegion(model.go, name, task) }

    /** Adds all regions that have the model's schema, and returns them. */
    public suspend fun addRegions(model: Model): List<Item> =
        items(work { store, task -> store.addRegions(model.go, task) })

    private fun items(items: Items) = List(go { items.count() }.toInt()) { i -> item(go { items.at(i.toLong()) }) }

    private fun item(i: GoItem) = Item(
        i.name, i.kind == "region", File(i.path), i.bytes, i.title, i.attribution, i.space, i.date, i.signedBy,
        i.comment,
        i.problem.takeIf { it.isNotEmpty() }?.let { Loc2VecException.of(it, null) },
    )

    public companion object {
        private const val BUFFER = 256L * 1024

        /**
         * Opens the store in a directory, and creates it if necessary. With keys, which are the contents of .pub files of
         * minisign, one of them must have signed each file.
         */
        public suspend fun open(
            dir: File,
            publicKeys: List<String>? = null,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
        ): Store = withContext(dispatcher) {
            // The line break makes Go refuse an empty list.
            val keys = publicKeys?.joinToString("") { it + "\n" }?.ifEmpty { "\n" }
            val options = GoStoreOptions().also { it.publicKeys = keys.orEmpty() }
            Store(go { Mobile.openStore(dir.path, options) }, dispatcher)
        }
    }
}
