package io.github.loc2vec

import io.github.loc2vec.mobile.Mobile

/** The kind of an error, for programs. New codes may be added. */
public enum class ErrorCode(internal val text: String) {
    ARGUMENT(Mobile.CodeArgument),
    BUSY(Mobile.CodeBusy),
    CANCELLED(Mobile.CodeCancelled),
    CLOSED(Mobile.CodeClosed),
    COORDINATE(Mobile.CodeCoordinate),
    CORRUPT(Mobile.CodeCorrupt),
    FAILED(Mobile.CodeFailed),
    INTERNAL(Mobile.CodeInternal),
    LISTENER(Mobile.CodeListener),
    NAME(Mobile.CodeName),
    NO_COVERAGE(Mobile.CodeNoCoverage),
    NO_SPACE(Mobile.CodeNoSpace),
    NOT_FOUND(Mobile.CodeNotFound),
    NOT_OPEN(Mobile.CodeNotOpen),
    OLDER(Mobile.CodeOlder),
    PERMISSION(Mobile.CodePermission),
    REGION(Mobile.CodeRegion),
    SCHEMA(Mobile.CodeSchema),
    SELF_TEST(Mobile.CodeSelfTest),
    SIGNATURE(Mobile.CodeSignature),
    SPACE(Mobile.CodeSpace),
    UNSIGNED(Mobile.CodeUnsigned),
    VERSION(Mobile.CodeVersion),
}

/** The only exception of this library. Its [code] is stable, its message is not. */
public class Loc2VecException internal constructor(
    public val code: ErrorCode,
    message: String,
    cause: Throwable? = null,
) : Exception(message, cause) {
    internal companion object {
        /** Splits "E_CODE: text". */
        fun of(message: String, cause: Throwable?): Loc2VecException {
            val code = ErrorCode.entries.find { message.startsWith(it.text + ": ") }
            return Loc2VecException(code ?: ErrorCode.FAILED, code?.let { message.drop(it.text.length + 2) } ?: message, cause)
        }
    }
}

/** Calls Go, whose errors arrive as exceptions with nothing but a message. */
internal inline fun <T> go(call: () -> T): T =
    try {
        call()
    } catch (e: Exception) {
        throw Loc2VecException.of(e.message.orEmpty(), e)
    }
