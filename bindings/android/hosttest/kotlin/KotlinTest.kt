import android.content.Context
import android.content.res.AssetManager
import io.github.loc2vec.Area
import io.github.loc2vec.Classes
import io.github.loc2vec.Coordinate
import io.github.loc2vec.Engine
import io.github.loc2vec.ErrorCode
import io.github.loc2vec.InstallOptions
import io.github.loc2vec.Loc2VecException
import io.github.loc2vec.Model
import io.github.loc2vec.ModelOptions
import io.github.loc2vec.Outcome
import io.github.loc2vec.Store
import io.github.loc2vec.Vector
import io.github.loc2vec.mobile.Mobile
import io.github.loc2vec.opened
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.io.ByteArrayInputStream
import java.io.File
import java.io.InputStream
import kotlin.system.exitProcess

// Calls the Kotlin side of the library on a desktop JVM. Arguments and output are those of HostTest.java.

private class Expected(line: String) {
    private val fields = line.split("\t")
    val at = Coordinate(bits(fields[0]), bits(fields[1]))
    val code = fields[2]
    val region get() = fields[3]
    val mapped get() = bits(fields[4])
    val unmapped get() = fields[5].toBoolean()
    val vector get() = fields[6].chunked(2).map { it.toInt(16).toByte() }.toByteArray()

    private fun bits(hex: String) = Double.fromBits(hex.toULong(16).toLong())
}

private var failures = 0

private fun check(name: String, test: suspend () -> Unit) {
    try {
        runBlocking { test() }
        println("ok $name")
    } catch (e: Throwable) {
        failures++
        println("FAIL $name: $e at ${e.stackTrace.firstOrNull { "Kt" in it.className }}")
    }
}

private fun <T> same(want: T, got: T) {
    if (want != got) throw AssertionError("got $got, want $want")
}

private suspend fun fails(code: ErrorCode, call: suspend () -> Unit) {
    try {
        call()
    } catch (e: Loc2VecException) {
        same(code, e.code)
        if (e.message!!.startsWith("E_")) throw AssertionError("the code is left in: ${e.message}")
        return
    }
    throw AssertionError("nothing was thrown")
}

public fun main(args: Array<String>) {
    val world = File(args[0])
    val options = ModelOptions(Engine.entries.first { it.name.startsWith(args[1].uppercase()) || args[1] == "ort" && it == Engine.ONNX_RUNTIME }, args[2].ifEmpty { null })
    val expected = world.resolve("expected.txt").readLines().map(::Expected)
    val inside = expected[0].at
    val empty = expected[2].at

    suspend fun <T> withModel(use: suspend (Model) -> T): T =
        Model.open(world.resolve("model.l2v"), options).use { m ->
            args[3].split(",").forEach { m.addRegion(world.resolve(it)) }
            use(m)
        }

    fun same(e: Expected, place: io.github.loc2vec.Place) {
        same(e.region, place.region)
        same(e.mapped, place.mapped)
        same(e.unmapped, place.unmapped)
        same(e.vector.toList(), place.vector.toBytes().toList())
        same(place.vector, Vector.of(place.vector.space, place.vector.metric, place.vector.toFloatArray()))
        same(place.vector.hashCode(), Vector.of(place.vector.space, place.vector.metric, place.vector.toBytes()).hashCode())
    }

    check("the vectors of the Go API, to the bit") {
        withModel { m ->
            for (e in expected) {
                if (e.code.isEmpty()) same(e, m.embed(e.at))
                else fails(ErrorCode.entries.first { "E_$it" == e.code }) { m.embed(e.at) }
            }
        }
    }
    check("base model") {
        val assets = world.resolve("assets")
        val context = object : Context() {
            override fun getAssets() = AssetManager(assets)
        }
        fails(ErrorCode.NOT_FOUND) { Model.openBase(context, options) }
        world.resolve("model.l2v").copyTo(assets.resolve("loc2vec/base.l2v"))
        Model.openBase(context, options).use { m ->
            args[3].split(",").forEach { m.addRegion(world.resolve(it)) }
            same(expected[0], m.embed(inside))
            same(true, m.status().healthy)
        }
        assets.resolve("loc2vec/base.l2v").writeBytes(ByteArray(100))
        fails(ErrorCode.CORRUPT) { Model.openBase(context, options) }
    }
    check("many places at once") {
        withModel { m ->
            val outcomes = m.embedAll(expected.map { it.at })
            same(expected.size, outcomes.size)
            expected.zip(outcomes).forEach { (e, o) ->
                when (o) {
                    is Outcome.Found -> same(e, o.place)
                    is Outcome.Skipped -> same(e.code, "E_" + o.reason.code)
                }
            }
            same(emptyList<Outcome>(), m.embedAll(emptyList()))
        }
    }
    check("many coroutines") {
        withModel { m ->
            coroutineScope {
                List(64) { i -> async { expected[i % expected.size].let { if (it.code.isEmpty()) same(it, m.embed(it.at)) } } }.awaitAll()
            }
        }
    }
    check("cancelled") {
        withModel { m ->
            coroutineScope {
                val many = List(2000) { inside }
                val job = launch { m.embedAll(many) }
                launch { job.cancel() }
                job.join()
                same(true, job.isCancelled)
            }
        }
    }
    check("cancelled while a model opens") {
        lateinit var unclaimed: Model
        coroutineScope {
            lateinit var job: Job
            job = launch {
                opened(Dispatchers.IO) {
                    unclaimed = Model(Mobile.openModel(world.resolve("model.l2v").path, options.toGo()), Dispatchers.IO)
                    job.cancel()
                    unclaimed
                }
                throw AssertionError("the model arrived")
            }
        }
        fails(ErrorCode.CLOSED) { unclaimed.embed(inside) }
    }
    check("closed") {
        val m = Model.open(world.resolve("model.l2v"), options)
        m.close()
        m.close()
        fails(ErrorCode.CLOSED) { m.embed(inside) }
        fails(ErrorCode.CLOSED) { m.embedAll(listOf(inside)) }
    }
    check("regions and status") {
        withModel { m ->
            same(listOf("west", "east"), m.regions.map { it.name })
            m.removeRegion("west")
            same(listOf("east"), m.regions.map { it.name })
            fails(ErrorCode.NO_COVERAGE) { m.embed(inside) }
            fails(ErrorCode.SCHEMA) { m.addRegion(world.resolve("foreign.pmtiles")) }
            val s = m.status()
            same(true, s.healthy)
            same(m.engine, s.engine)
            same(m.space, s.space)
            same(true, args[1] in s.engine)
        }
    }
    check("cut") {
        withModel { m ->
            val west = world.resolve("west.pmtiles")
            val file = world.resolve("kotlin-cut.pmtiles")
            val around = Area.Box(
                Coordinate(inside.latitude - 0.001, inside.longitude - 0.001),
                Coordinate(inside.latitude + 0.001, inside.longitude + 0.001),
            )
            var told = 0L
            val cut = m.cutRegion(west, file, listOf(around), "mine") { done, total -> told = done * 100 / total }
            same("mine", cut.name)
            same(1L, cut.tiles)
            same(100L, told)
            m.cutRegion(west, file, listOf(Area.Corridor(listOf(inside, empty), 50.0), around))
            m.removeRegion("west")
            m.removeRegion("east")
            m.addRegion(file)
            same(expected[0], m.embed(inside))
            fails(ErrorCode.NO_COVERAGE) { m.cutRegion(west, file, listOf(Area.Corridor(listOf(Coordinate(53.0, 8.0)), 50.0))) }
            fails(ErrorCode.ARGUMENT) { m.cutRegion(west, file, emptyList()) }
            fails(ErrorCode.COORDINATE) { m.cutRegion(west, file, listOf(Area.Corridor(listOf(Coordinate(91.0, 8.0)), 50.0))) }
            fails(ErrorCode.LISTENER) { m.cutRegion(west, file, listOf(around)) { _, _ -> throw IllegalStateException("thrown") } }
        }
    }
    check("explanation") {
        withModel { m ->
            val e = m.explain(inside)
            same(expected[0], e.place())
            same(12, e.layers.size)
            same("minor_road", e.layers[7].layer)
            same('P'.code.toByte(), e.png()[1])
            fails(ErrorCode.NO_COVERAGE) { m.explain(Coordinate(53.0, 8.0)).place() }
        }
    }
    check("following") {
        withModel { m ->
            val f = m.follow(30.0)
            same(true, f.at(inside).fresh)
            same(false, f.at(inside).fresh)
        }
    }
    check("classes") {
        withModel { m ->
            val file = world.resolve("kotlin-classes.json")
            val c: Classes = m.openClasses(file)
            c.add("city", m.embed(inside).vector)
            c.add("sea", m.embed(empty).vector)
            c.save(file)
            val again = m.openClasses(file)
            same(listOf("city", "sea"), again.names)
            same(1, again.examples("city"))
            same("city", again.classify(m.embed(inside).vector).nearest)
            same(null, m.openClasses().classify(m.embed(inside).vector).nearest)
            same(true, again.remove("sea"))
        }
    }
    check("index") {
        withModel { m ->
            val file = world.resolve("kotlin-index.json")
            val x = m.openIndex(file)
            val (a, b) = m.embed(inside).vector to m.embed(empty).vector
            x.put("a", a)
            x.put("b \uD83D\uDCCD", b)
            x.save(file)
            val again = m.openIndex(file)
            same(listOf("a", "b \uD83D\uDCCD"), again.ids)
            same(2, again.size)
            same("a", again.nearest(a, 1).single().id)
            same(a, again["a"])
            same(null, again["c"])
            same(0.0, again.centroid(listOf("a")).distanceTo(a))
            same(true, Vector.analogy(a, b, b).distanceTo(a) < 1e-6)
            same(true, again.remove("a"))
        }
    }
    check("store") {
        val store = Store.open(world.resolve("kotlin-store"))
        store.install("city.l2v", world.resolve("model.l2v"))
        val west = world.resolve("west.pmtiles").readBytes()
        val item = store.install("west.pmtiles", ByteArrayInputStream(west))
        same("west", item.title)
        same(true, item.isRegion)
        same(null, item.problem)
        same(listOf("city.l2v", "west.pmtiles"), store.list().map { it.name })
        store.verify("west.pmtiles")
        same(true, store.size() > west.size)
        store.openModel("city.l2v", options).use { m ->
            same(1, store.addRegions(m).size)
            same(expected[0], m.embed(inside))
            m.removeRegion("west")
            store.addRegion(m, "west.pmtiles")
        }
        fails(ErrorCode.CORRUPT) { store.install("city.l2v", world.resolve("model.l2v"), InstallOptions(sha256 = "0".repeat(64))) }
        store.remove("west.pmtiles")
        fails(ErrorCode.NOT_FOUND) { store.verify("west.pmtiles") }
    }
    check("signed store") {
        fails(ErrorCode.ARGUMENT) { Store.open(world.resolve("kotlin-signed"), emptyList()) }
        val keys = listOf(world.resolve("release.pub").readText())
        val store = Store.open(world.resolve("kotlin-signed"), keys)
        val west = world.resolve("west.pmtiles")
        fails(ErrorCode.UNSIGNED) { store.install("west.pmtiles", west.inputStream()) }
        fails(ErrorCode.REGION) { store.install("west.pmtiles", west, InstallOptions(region = "Malta")) }
        fails(ErrorCode.OLDER) { store.install("west.pmtiles", west, InstallOptions(notBefore = "2026-11-30")) }
        fails(ErrorCode.SIGNATURE) { store.install("west.pmtiles", west, InstallOptions(signedName = "malta.pmtiles")) }
        val item = store.install("west.pmtiles", west, InstallOptions(region = "west", allowOlder = true))
        same(true, item.signedBy.isNotEmpty() && item.signedBy in keys[0])
        same(item, store.list().single())
        world.resolve("kotlin-signed/evil.pmtiles").writeBytes(west.readBytes() + 0)
        same(ErrorCode.UNSIGNED, store.list()[0].problem?.code)
    }
    check("cancelled while a stream gives nothing") {
        val store = Store.open(world.resolve("kotlin-store"))
        val reading = java.util.concurrent.CountDownLatch(1)
        val released = java.util.concurrent.CountDownLatch(1)
        val stuck = object : InputStream() {
            override fun read() = -1
            override fun read(b: ByteArray): Int {
                reading.countDown()
                released.await()
                return -1
            }
        }
        try {
            coroutineScope {
                val job = launch(Dispatchers.IO) { store.install("east.pmtiles", stuck) }
                reading.await()
                job.cancel()
                job.join()
                same(true, job.isCancelled)
            }
        } finally {
            released.countDown()
        }
        store.install("west.pmtiles", world.resolve("west.pmtiles"))
    }
    check("installation cancelled and failed") {
        val store = Store.open(world.resolve("kotlin-store"))
        coroutineScope {
            val endless = object : InputStream() {
                override fun read() = 0
                override fun read(b: ByteArray) = b.size.also { Thread.sleep(1) }
            }
            var how: Throwable? = null
            val job = launch {
                try {
                    store.install("east.pmtiles", endless)
                } catch (e: Throwable) {
                    how = e
                    throw e
                }
            }
            launch { job.cancel() }
            job.join()
            same(true, how == null || how is CancellationException)
        }
        fails(ErrorCode.LISTENER) {
            store.install("east.pmtiles", object : InputStream() {
                override fun read() = throw java.io.IOException("no network")
            })
        }
    }
    // A Go thread that has called back stays attached, so returning would wait forever.
    exitProcess(if (failures == 0) 0 else 1)
}
