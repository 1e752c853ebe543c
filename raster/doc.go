// Package raster draws the features around a pose as C x H x W coverage bytes.
package raster
