// Package store installs signed region packs and model bundles on a device.
//
// A Store is a directory. Install checks a file completely before it becomes part of the store, and
// replaces the old file whole or not at all. A store with a public key accepts and opens signed files
// only. Files are signed with Sign, for example by the command loc2vec sign; FORMAT.md specifies the
// signature.
package store
