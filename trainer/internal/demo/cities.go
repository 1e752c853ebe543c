package demo

import "github.com/loc2vec/loc2vec"

// spot is a well-known place of a city.
type spot struct {
	name  string
	place loc2vec.LatLon
}

// city describes what the demonstration shows of an extract.
type city struct {
	spots []spot
	// view is the part of the extract that the map shows.
	view loc2vec.Bounds
}

// cities maps extracts of package osmtestdata to their sights.
func cities() map[string]city {
	box := func(west, south, east, north float64) loc2vec.Bounds {
		return loc2vec.Bounds{Min: loc2vec.LatLon{Lat: south, Lon: west}, Max: loc2vec.LatLon{Lat: north, Lon: east}}
	}
	return map[string]city{
		"bremen": {
			view: box(8.70, 53.03, 8.93, 53.14),
			spots: []spot{
				{"market square and cathedral", loc2vec.LatLon{Lat: 53.0757, Lon: 8.8077}},
				{"central station", loc2vec.LatLon{Lat: 53.0834, Lon: 8.8137}},
				{"Schnoor, old quarter", loc2vec.LatLon{Lat: 53.0727, Lon: 8.8093}},
				{"Weser stadium", loc2vec.LatLon{Lat: 53.0664, Lon: 8.8376}},
				{"Bürgerpark", loc2vec.LatLon{Lat: 53.0945, Lon: 8.8225}},
				{"university", loc2vec.LatLon{Lat: 53.1063, Lon: 8.8530}},
				{"airport terminal", loc2vec.LatLon{Lat: 53.0530, Lon: 8.7850}},
				{"Peterswerder, terraced houses", loc2vec.LatLon{Lat: 53.0700, Lon: 8.8450}},
				{"Blockland, marsh farmland", loc2vec.LatLon{Lat: 53.1290, Lon: 8.8020}},
				{"steelworks", loc2vec.LatLon{Lat: 53.1260, Lon: 8.6870}},
				{"Bremerhaven, harbour museum", loc2vec.LatLon{Lat: 53.5397, Lon: 8.5770}},
			},
		},
		"delaware": {
			view: box(-75.64, 39.68, -75.48, 39.80),
			spots: []spot{
				{"Wilmington, Rodney Square", loc2vec.LatLon{Lat: 39.7465, Lon: -75.5469}},
				{"Wilmington station", loc2vec.LatLon{Lat: 39.7366, Lon: -75.5512}},
				{"Newark, university", loc2vec.LatLon{Lat: 39.6787, Lon: -75.7523}},
				{"New Castle, old town", loc2vec.LatLon{Lat: 39.6602, Lon: -75.5632}},
				{"Dover, Legislative Hall", loc2vec.LatLon{Lat: 39.1573, Lon: -75.5197}},
				{"Rehoboth Beach", loc2vec.LatLon{Lat: 38.7170, Lon: -75.0766}},
				{"Christiana Mall", loc2vec.LatLon{Lat: 39.6790, Lon: -75.6520}},
			},
		},
		"honolulu": {
			view: box(-157.90, 21.26, -157.78, 21.34),
			spots: []spot{
				{"Waikiki beach", loc2vec.LatLon{Lat: 21.2766, Lon: -157.8278}},
				{"ʻIolani Palace", loc2vec.LatLon{Lat: 21.3068, Lon: -157.8588}},
				{"Ala Moana Center", loc2vec.LatLon{Lat: 21.2912, Lon: -157.8436}},
				{"University at Mānoa", loc2vec.LatLon{Lat: 21.2989, Lon: -157.8175}},
				{"Diamond Head", loc2vec.LatLon{Lat: 21.2606, Lon: -157.8065}},
				{"airport", loc2vec.LatLon{Lat: 21.3310, Lon: -157.9203}},
			},
		},
		"london": {
			view: box(-0.20, 51.46, 0.02, 51.56),
			spots: []spot{
				{"Trafalgar Square", loc2vec.LatLon{Lat: 51.5080, Lon: -0.1281}},
				{"King's Cross station", loc2vec.LatLon{Lat: 51.5308, Lon: -0.1238}},
				{"Hyde Park", loc2vec.LatLon{Lat: 51.5073, Lon: -0.1657}},
				{"Bank of England", loc2vec.LatLon{Lat: 51.5142, Lon: -0.0885}},
				{"Canary Wharf", loc2vec.LatLon{Lat: 51.5054, Lon: -0.0235}},
				{"Tower Bridge", loc2vec.LatLon{Lat: 51.5055, Lon: -0.0754}},
				{"Portobello Road", loc2vec.LatLon{Lat: 51.5158, Lon: -0.2050}},
				{"Heathrow airport", loc2vec.LatLon{Lat: 51.4712, Lon: -0.4524}},
				{"Kew Gardens", loc2vec.LatLon{Lat: 51.4787, Lon: -0.2956}},
				{"Wembley stadium", loc2vec.LatLon{Lat: 51.5560, Lon: -0.2796}},
			},
		},
	}
}
