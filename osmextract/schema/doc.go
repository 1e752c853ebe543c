// Package schema sorts tagged OpenStreetMap elements into the twelve layers.
//
// Rules is the table, a Classifier applies it, Hash names it. The hash stands in every region pack
// and model bundle: a model answers only for packs with the schema that it was trained on, so a
// change of the table means new packs and new models.
package schema
