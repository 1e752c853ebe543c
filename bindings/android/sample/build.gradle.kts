plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
}

fun fact(name: String) = providers.gradleProperty(name).get()

android {
    namespace = "io.github.loc2vec.sample"
    compileSdk = fact("COMPILE_SDK").toInt()
    defaultConfig {
        applicationId = "io.github.loc2vec.sample"
        minSdk = fact("MIN_SDK").toInt()
        targetSdk = fact("COMPILE_SDK").toInt()
        versionName = fact("VERSION")
        // The processors of the library. ONNX Runtime supports others, where the app would crash.
        ndk { abiFilters += listOf("arm64-v8a", "x86_64") }
    }
    buildTypes {
        release {
            isMinifyEnabled = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
        }
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }
    // Models and regions are already compressed.
    androidResources { noCompress += listOf("l2v", "pmtiles") }
}

kotlin { compilerOptions { jvmTarget.set(org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_1_8) } }

dependencies {
    implementation(project(":loc2vec"))
    implementation("org.jetbrains.kotlinx:kotlinx-coroutines-android:${fact("COROUTINES")}")
    // Remove this line for a smaller app: the engine in Go gives the same vectors.
    implementation("com.microsoft.onnxruntime:onnxruntime-android:${fact("ONNX_RUNTIME")}")
}
