// Package coast traces the sea of one tile from the lines of coast in it.
package coast
