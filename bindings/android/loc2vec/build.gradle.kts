plugins {
    id("com.android.library")
    id("org.jetbrains.kotlin.android")
    `maven-publish`
}

fun fact(name: String) = providers.gradleProperty(name).get()

// The output of `go run ./bindings/android/aar -prepare`: the generated Java, the native libraries, the base model.
val prepared = rootProject.file("../../build/android/prepared")

android {
    namespace = "io.github.loc2vec"
    compileSdk = fact("COMPILE_SDK").toInt()
    defaultConfig {
        minSdk = fact("MIN_SDK").toInt()
        consumerProguardFiles("consumer-rules.pro")
        testInstrumentationRunner = "androidx.test.runner.AndroidJUnitRunner"
    }
    sourceSets["main"].java.srcDir(prepared.resolve("java"))
    sourceSets["main"].assets.srcDir(prepared.resolve("assets"))
    sourceSets["main"].jniLibs.srcDir(prepared.resolve("jni"))
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }
    publishing {
        singleVariant("release") { withSourcesJar() }
    }
}

kotlin {
    explicitApi()
    compilerOptions {
        jvmTarget.set(org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_1_8)
        allWarningsAsErrors.set(true)
    }
}

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core:${fact("COROUTINES")}")
    androidTestImplementation("androidx.test.ext:junit:1.2.1")
    androidTestImplementation("androidx.test:runner:1.6.2")
}

publishing {
    publications.register<MavenPublication>("release") {
        groupId = fact("GROUP")
        artifactId = fact("ARTIFACT")
        version = fact("VERSION")
        afterEvaluate { from(components["release"]) }
        pom {
            name.set("loc2vec")
            description.set("A location encoder: a coordinate goes in, numbers come out that say what kind of place it is.")
            url.set("https://github.com/loc2vec/loc2vec")
            licenses {
                license {
                    name.set("Apache-2.0")
                    url.set("https://www.apache.org/licenses/LICENSE-2.0")
                }
            }
            // Optional in the POM, for which Gradle has no notation: without it the engine in Go runs.
            withXml {
                val dependencies = asNode().children().filterIsInstance<groovy.util.Node>()
                    .first { it.name().toString().endsWith("dependencies") }
                dependencies.appendNode("dependency").apply {
                    appendNode("groupId", "com.microsoft.onnxruntime")
                    appendNode("artifactId", "onnxruntime-android")
                    appendNode("version", fact("ONNX_RUNTIME"))
                    appendNode("type", "aar")
                    appendNode("scope", "runtime")
                    appendNode("optional", "true")
                }
            }
        }
    }
    repositories.maven {
        name = "build"
        url = uri(rootProject.file("../../build/android/maven"))
    }
}
