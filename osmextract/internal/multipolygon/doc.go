// Package multipolygon assembles polygons from the segments of lines.
package multipolygon
