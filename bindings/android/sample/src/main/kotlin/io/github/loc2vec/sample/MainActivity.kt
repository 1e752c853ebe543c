package io.github.loc2vec.sample

import android.app.Activity
import android.graphics.BitmapFactory
import android.os.Bundle
import android.text.InputType
import android.view.ViewGroup.LayoutParams.MATCH_PARENT
import android.view.ViewGroup.LayoutParams.WRAP_CONTENT
import android.widget.Button
import android.widget.EditText
import android.widget.ImageView
import android.widget.LinearLayout
import android.widget.ScrollView
import android.widget.TextView
import io.github.loc2vec.Coordinate
import io.github.loc2vec.Loc2VecException
import io.github.loc2vec.Model
import io.github.loc2vec.Store
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import java.io.File
import java.io.IOException

/** Shows the vector of a place and the encoder's input. Needs assets/region.pmtiles. */
class MainActivity : Activity() {
    private val scope: CoroutineScope = MainScope()
    private var model: Model? = null

    private lateinit var place: EditText
    private lateinit var answer: TextView
    private lateinit var picture: ImageView

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        place = EditText(this).apply {
            inputType = InputType.TYPE_CLASS_TEXT
            setText("43.7392, 7.4277")
        }
        val look = Button(this).apply {
            text = "What is it like there?"
            setOnClickListener { scope.launch { show() } }
        }
        answer = TextView(this)
        picture = ImageView(this).apply { adjustViewBounds = true }
        val column = LinearLayout(this).apply {
            orientation = LinearLayout.VERTICAL
            listOf(place, look, answer, picture).forEach { addView(it, MATCH_PARENT, WRAP_CONTENT) }
        }
        setContentView(ScrollView(this).apply { addView(column) })
        scope.launch { open() }
    }

    private suspend fun open() = try {
        val store = Store.open(File(filesDir, "maps"))
        assets.open("region.pmtiles").use { store.install("region.pmtiles", it) }
        val opened = openWith(store)
        model = opened
        answer.text = opened.regions.joinToString("\n") { "${it.name}. ${it.attribution}" }
    } catch (e: Loc2VecException) {
        answer.text = e.message
    } catch (e: IOException) {
        answer.text = "An asset cannot be read: ${e.message}"
    }

    /** Opens the model with the regions of a store. If that fails or is cancelled, it closes the model. */
    private suspend fun openWith(store: Store): Model {
        val opened = Model.openBase(this)
        try {
            store.addRegions(opened)
            return opened
        } catch (e: Throwable) {
            opened.close()
            throw e
        }
    }

    private suspend fun show() {
        val (latitude, longitude) = place.text.split(",").map { it.trim().toDoubleOrNull() ?: Double.NaN } + Double.NaN
        val opened = model ?: return
        try {
            val explanation = opened.explain(Coordinate(latitude, longitude))
            val found = explanation.place()
            answer.text = "${found.vector}\n${(found.mapped * 100).toInt()} % mapped, ${opened.engine}\n" +
                explanation.layers.sortedByDescending { it.distance }.take(3).joinToString { it.layer }
            val png = explanation.png()
            picture.setImageBitmap(BitmapFactory.decodeByteArray(png, 0, png.size))
        } catch (e: Loc2VecException) {
            answer.text = "${e.code}: ${e.message}"
        }
    }

    override fun onDestroy() {
        scope.cancel()
        model?.close()
        super.onDestroy()
    }
}
