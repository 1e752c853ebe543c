package io.github.loc2vec

import io.github.loc2vec.mobile.Mobile
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** Calls Go in a dispatcher, with a task that is cancelled when the caller is. */
internal suspend fun <T> inTask(dispatcher: CoroutineDispatcher, call: (GoTask) -> T): T = coroutineScope {
    val task = go { Mobile.openTask() }
    // Unconfined: the dispatcher of the caller may be busy when the caller is cancelled.
    val watcher = launch(Dispatchers.Unconfined) {
        try {
            awaitCancellation()
        } finally {
            task.cancel()
        }
    }
    try {
        withContext(dispatcher) { go { call(task) } }
    } catch (e: Loc2VecException) {
        ensureActive() // throws the CancellationException instead of the error of Go
        throw e
    } finally {
        watcher.cancel()
    }
}
