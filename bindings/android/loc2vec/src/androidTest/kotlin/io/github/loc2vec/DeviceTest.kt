package io.github.loc2vec

import androidx.test.ext.junit.runners.AndroidJUnit4
import androidx.test.platform.app.InstrumentationRegistry
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import java.io.File

/** Runs on a device or emulator, with assets/region.pmtiles in the test app. */
@RunWith(AndroidJUnit4::class)
class DeviceTest {
    private val context = InstrumentationRegistry.getInstrumentation()

    private fun asset(name: String): File =
        File(context.targetContext.filesDir, name).also { file ->
            context.context.assets.open(name).use { from -> file.outputStream().use(from::copyTo) }
        }

    @Test
    fun theVectorsAreThoseOfTheBundle() = runBlocking {
        for (engine in listOf(Engine.GO, Engine.AUTO)) {
            Model.openBase(context.targetContext, ModelOptions(engine)).use { model ->
                val status = model.status()
                assertTrue("${status.engine}: ${status.problem}", status.healthy)
                model.addRegion(asset("region.pmtiles"))
                assertEquals(1, model.regions.size)
            }
        }
    }

    @Test
    fun errorsHaveTheirCodes() = runBlocking {
        val code = try {
            Model.open(File(context.targetContext.filesDir, "none"))
            null
        } catch (e: Loc2VecException) {
            e.code
        }
        assertEquals(ErrorCode.NOT_FOUND, code)
    }
}
