pluginManagement {
    val properties = java.util.Properties().apply { file("gradle.properties").inputStream().use(::load) }
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
    plugins {
        id("com.android.library") version "8.13.2"
        id("com.android.application") version "8.13.2"
        id("org.jetbrains.kotlin.android") version properties.getProperty("KOTLIN")
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "loc2vec-android"
include(":loc2vec", ":sample")
