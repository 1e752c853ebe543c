// The generated classes have the same names as those of this package.
package io.github.loc2vec

internal typealias GoArea = io.github.loc2vec.mobile.Area
internal typealias GoClasses = io.github.loc2vec.mobile.Classes
internal typealias GoExplanation = io.github.loc2vec.mobile.Explanation
internal typealias GoFollower = io.github.loc2vec.mobile.Follower
internal typealias GoIndex = io.github.loc2vec.mobile.Index
internal typealias GoInstallOptions = io.github.loc2vec.mobile.InstallOptions
internal typealias GoItem = io.github.loc2vec.mobile.Item
internal typealias GoListener = io.github.loc2vec.mobile.Listener
internal typealias GoLogger = io.github.loc2vec.mobile.Logger
internal typealias GoModel = io.github.loc2vec.mobile.Model
internal typealias GoOptions = io.github.loc2vec.mobile.Options
internal typealias GoPlace = io.github.loc2vec.mobile.Place
internal typealias GoProgress = io.github.loc2vec.mobile.Progress
internal typealias GoRegion = io.github.loc2vec.mobile.Region
internal typealias GoSource = io.github.loc2vec.mobile.Source
internal typealias GoStore = io.github.loc2vec.mobile.Store
internal typealias GoStoreOptions = io.github.loc2vec.mobile.StoreOptions
internal typealias GoStrings = io.github.loc2vec.mobile.Strings
internal typealias GoTask = io.github.loc2vec.mobile.Task
internal typealias GoVector = io.github.loc2vec.mobile.Vector
