package io.github.loc2vec

/** What computes the model. Both engines give the same vectors, to the bit. */
public enum class Engine(internal val text: String) {
    /** ONNX Runtime if the app has it, and the engine in Go otherwise. */
    AUTO(""),

    /** ONNX Runtime: the app depends on com.microsoft.onnxruntime:onnxruntime-android. */
    ONNX_RUNTIME("ort"),

    /** The engine in Go, which has no dependencies. */
    GO("go"),
}

/** How a model is opened. */
public class ModelOptions(
    public val engine: Engine = Engine.AUTO,
    /** The file of ONNX Runtime's library; null for the one in the app. */
    public val onnxRuntime: String? = null,
    /** How many decoded tiles are kept for further places nearby: null means the default, 0 none. */
    public val tileCache: Int? = null,
    /** Receives the reason if the engine in Go is used because ONNX Runtime cannot be loaded. */
    public val log: ((String) -> Unit)? = null,
) {
    internal fun toGo(): GoOptions {
        if (engine != Engine.GO && onnxRuntime == null) OnnxRuntime.load()
        return GoOptions().also {
            it.engine = engine.text
            it.onnxRuntime = onnxRuntime.orEmpty()
            it.tileCache = when (tileCache) {
                null -> 0
                0 -> -1
                else -> tileCache.toLong()
            }
            if (log != null) it.logger = GoLogger { message -> log(message) }
        }
    }
}

/**
 * ONNX Runtime inside the app. Go finds a library of the app by its name only after Java has loaded it, so
 * [load] is called before a model is opened.
 */
private object OnnxRuntime {
    private val loaded by lazy {
        try {
            System.loadLibrary("onnxruntime")
            true
        } catch (_: UnsatisfiedLinkError) {
            false // the app does not contain it
        }
    }

    fun load(): Boolean = loaded
}
