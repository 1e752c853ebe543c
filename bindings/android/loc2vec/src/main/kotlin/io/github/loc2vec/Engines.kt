package io.github.loc2vec

/** What computes the model. Both engines give the same vectors, to the bit. */
public enum class Engine(internal val text: String) {
    /** ONNX Runtime when the app has it, and the engine in Go otherwise. */
    AUTO(""),

    /** ONNX Runtime: the app depends on com.microsoft.onnxruntime:onnxruntime-android. */
    ONNX_RUNTIME("ort"),

    /** The engine in Go, which needs nothing. */
    GO("go"),
}

/** How a model is opened. */
public class ModelOptions(
    public val engine: Engine = Engine.AUTO,
    /** The file of ONNX Runtime's library; null for the one in the app. */
    public val onnxRuntime: String? = null,
    /** How many decoded tiles are kept for places that follow nearby: null for the default, 0 for none. */
    public val tileCache: Int? = null,
    /** Is told why the engine in Go is used where ONNX Runtime was looked for. */
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
 * ONNX Runtime inside the app. Go finds a library of the app by its name only once Java has loaded it,
 * so this comes before the first model is opened.
 */
private object OnnxRuntime {
    private val loaded by lazy {
        try {
            System.loadLibrary("onnxruntime")
            true
        } catch (_: UnsatisfiedLinkError) {
            false // the app does without
        }
    }

    fun load(): Boolean = loaded
}
